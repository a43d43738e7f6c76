"""A step fails, so the pipeline fails:  python examples/02-sequential/default_fail.py

The steps after it do not run, and the script ends with exit code 1.
"""

from examples.common.functions import fail
from runnable import Pipeline, PythonTask, Stub


def main():
    pipeline = Pipeline(
        steps=[
            Stub(name="step 1"),
            PythonTask(name="step 2", function=fail),
            Stub(name="step 3"),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
