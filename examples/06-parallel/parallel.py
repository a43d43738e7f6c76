"""Two branches side by side, then a step that continues:  python examples/06-parallel/parallel.py

Here the branches run one after another. With the configuration they run at the same time, and on Argo they always do:

    RUNNABLE_CONFIGURATION_FILE=examples/configs/parallel_config.yaml python examples/06-parallel/parallel.py
    runnable compile --target argo examples/06-parallel/parallel.py
"""

from examples.common.functions import hello
from runnable import NotebookTask, Parallel, Pipeline, PythonTask, ShellTask, Stub


def branch() -> Pipeline:
    """A branch is a pipeline like any other."""
    return Pipeline(
        steps=[
            Stub(name="hello stub"),
            PythonTask(name="hello python", function=hello),
            ShellTask(name="hello shell", command="echo 'Hello from a shell!'"),
            NotebookTask(name="hello notebook", notebook="examples/common/simple_notebook.ipynb"),
        ]
    )


def main():
    parallel_step = Parallel(name="parallel_step", branches={"branch1": branch(), "branch2": branch()})
    continue_to = Stub(name="continue to")

    pipeline = Pipeline(steps=[parallel_step, continue_to])
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
