"""A pipeline of one Python function:  python examples/01-tasks/python_tasks.py"""

from examples.common.functions import hello
from runnable import Pipeline, PythonTask


def main():
    pipeline = Pipeline(steps=[PythonTask(name="hello", function=hello)])
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
