"""A notebook:  python examples/01-tasks/notebook.py"""

from runnable import NotebookTask, Pipeline


def main():
    notebook = NotebookTask(name="hello", notebook="examples/common/simple_notebook.ipynb")
    pipeline = Pipeline(steps=[notebook])
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
