"""A failure is handled, and the pipeline fails all the same:  python examples/02-sequential/on_failure_fail.py"""

from examples.common.functions import fail, hello
from runnable import Pipeline, PythonTask, Stub


def main():
    handler = PythonTask(name="tell", function=hello, terminate_with_failure=True).as_pipeline()
    step_1 = PythonTask(name="step 1", function=fail, on_failure=handler)

    pipeline = Pipeline(steps=[step_1, Stub(name="step 2")])
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
