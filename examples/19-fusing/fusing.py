"""Short steps share pods on Argo: nine tasks in two pods:  python examples/19-fusing/fusing.py

Here it is the same as without `fuse`.
"""

from examples.common.functions import hello
from runnable import Parallel, Pipeline, PythonTask, ShellTask, Stub


def branch(rows: int) -> Pipeline:
    """The steps of a branch run one after another; those of the other branch beside them, in the same pod."""
    steps = [
        ShellTask(name="fetch", command=f"export rows={rows}", returns=["rows"]),
        ShellTask(name="clean", command="export rows=$((rows - 1))", returns=["rows"], retry=2),
        ShellTask(name="load", command='echo "$rows rows of $day are loaded"'),
    ]
    return Pipeline(steps=steps, fuse=True)


def main():
    steps = [
        ShellTask(name="choose", command="export day=monday", returns=["day"]),
        PythonTask(name="greet", function=hello),
        Parallel(name="both", branches={"orders": branch(10), "returns": branch(3)}),
        Stub(name="done"),
        PythonTask(name="tell", function=hello, resources={"memory": "1Gi"}),
    ]
    pipeline = Pipeline(steps=steps, fuse=True)
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
