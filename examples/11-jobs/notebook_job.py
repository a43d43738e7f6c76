"""A notebook, executed once and kept with its record:  python examples/11-jobs/notebook_job.py"""

from runnable import NotebookJob


def main():
    job = NotebookJob(notebook="examples/common/simple_notebook.ipynb")
    job.execute()
    return job


if __name__ == "__main__":
    main()
