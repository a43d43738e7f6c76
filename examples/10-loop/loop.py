"""Again and again, until a step says that it is done:  python examples/10-loop/loop.py

Each iteration sees what the one before returned, and its own number as `attempt`.
"""

from examples.common.functions import check_halved, halve
from runnable import Loop, Pipeline, PythonTask, ShellTask


def main():
    body = PythonTask(name="halve", function=halve, returns=["number", "done"]).as_pipeline()
    pipeline = Pipeline(
        steps=[
            ShellTask(name="start", command="export number=10", returns=["number"]),
            Loop(name="loop", branch=body, break_on="done", index_as="attempt", max_iterations=5),
            PythonTask(name="check", function=check_halved),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
