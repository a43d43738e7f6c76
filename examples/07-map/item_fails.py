"""One item fails: the others still run to their end, then the Map fails:  python examples/07-map/item_fails.py"""

from examples.common.functions import list_chunks, process_some
from runnable import Map, Pipeline, PythonTask, Stub


def main():
    branch = Pipeline(
        steps=[PythonTask(name="process", function=process_some, returns=["processed"]), Stub(name="end")]
    )
    pipeline = Pipeline(
        steps=[
            PythonTask(name="list chunks", function=list_chunks, returns=["chunks"]),
            Map(name="map", branch=branch, iterate_on="chunks", iterate_as="chunk"),
            Stub(name="not reached"),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
