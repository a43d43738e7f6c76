"""The same branch for every item of a list:  python examples/07-map/map.py

The list is what a step returns; it could be a parameter as well. Afterwards there is a list for each return.
"""

from examples.common.functions import check_processed, list_chunks, process
from runnable import Map, Pipeline, PythonTask, ShellTask

COUNT = """
export counted=$((processed + 1))
"""


def main():
    branch = Pipeline(
        steps=[
            PythonTask(name="process", function=process, returns=["processed"]),
            ShellTask(name="count", command=COUNT, returns=["counted"]),
        ]
    )
    pipeline = Pipeline(
        steps=[
            PythonTask(name="list chunks", function=list_chunks, returns=["chunks"]),
            Map(name="map", branch=branch, iterate_on="chunks", iterate_as="chunk"),
            PythonTask(name="check", function=check_processed),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
