"""One task at a time writes to the warehouse, and two at a time use a licence:  python examples/18-locks/locks.py

The locks hold between all runs of this machine's user, and on Argo between all workflows of the namespace.
"""

from examples.common.functions import list_chunks, process
from runnable import Map, Pipeline, PythonTask, ShellTask


def main():
    licensed = PythonTask(name="process", function=process, returns=["processed"], semaphore={"licences": 2})
    pipeline = Pipeline(
        steps=[
            PythonTask(name="list chunks", function=list_chunks, returns=["chunks"]),
            Map(name="map", branch=licensed.as_pipeline(), iterate_on="chunks", iterate_as="chunk"),
            ShellTask(name="load", command='echo "loading $processed"', mutex="warehouse"),
        ],
        mutex="nightly",
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
