"""Every step succeeds, and the pipeline fails all the same:  python examples/02-sequential/terminate_with_failure.py"""

from examples.common.functions import hello
from runnable import Pipeline, PythonTask, Stub


def main():
    pipeline = Pipeline(
        steps=[
            Stub(name="step 1"),
            PythonTask(name="step 2", function=hello, terminate_with_failure=True),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
