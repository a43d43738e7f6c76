"""A task is a pipeline of its own:  python examples/01-tasks/task_as_pipeline.py"""

from examples.common.functions import hello
from runnable import PythonTask


def main():
    pipeline = PythonTask(name="hello", function=hello).as_pipeline()
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
