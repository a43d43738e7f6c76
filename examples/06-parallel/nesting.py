"""A Parallel in the branches of a Parallel, to any depth:  python examples/06-parallel/nesting.py"""

from examples.common.functions import hello
from runnable import NotebookTask, Parallel, Pipeline, PythonTask, ShellTask, Stub


def leaf() -> Pipeline:
    return Pipeline(
        steps=[
            Stub(name="hello stub"),
            PythonTask(name="hello python", function=hello),
            ShellTask(name="hello shell", command="echo 'Hello from a shell!'"),
            NotebookTask(name="hello notebook", notebook="examples/common/simple_notebook.ipynb"),
        ]
    )


def inner() -> Pipeline:
    return Pipeline(steps=[Parallel(name="inner", branches={"branch1": leaf(), "branch2": leaf()})])


def main():
    outer = Parallel(name="outer", branches={"branch1": inner(), "branch2": inner()})
    pipeline = Pipeline(steps=[outer])
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
