"""Four kinds of steps, one after another:  python examples/02-sequential/traversal.py"""

from examples.common.functions import hello
from runnable import NotebookTask, Pipeline, PythonTask, ShellTask, Stub


def main():
    pipeline = Pipeline(
        steps=[
            Stub(name="hello stub"),
            PythonTask(name="hello python", function=hello, overrides={"argo": "smaller"}),
            ShellTask(name="hello shell", command="echo 'Hello from a shell!'"),
            NotebookTask(name="hello notebook", notebook="examples/common/simple_notebook.ipynb"),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
