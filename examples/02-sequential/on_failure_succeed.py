"""A failure is handled, so the pipeline succeeds:  python examples/02-sequential/on_failure_succeed.py

The steps after the one that failed do not run; the handler runs in their place.
"""

from examples.common.functions import fail, hello
from runnable import Pipeline, PythonTask, Stub


def main():
    handler = Pipeline(steps=[Stub(name="clean up"), PythonTask(name="apologize", function=hello)])
    step_1 = PythonTask(name="step 1", function=fail, on_failure=handler)

    pipeline = Pipeline(steps=[step_1, Stub(name="step 2")])
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
