"""One value of the list of results:  python examples/07-map/reducers.py

A builtin's name needs no task of its own; a function of yours is one.
"""

from examples.common.functions import check_largest, check_spread, list_chunks, process, spread
from runnable import Map, Parallel, Pipeline, PythonTask


def branch() -> Pipeline:
    return PythonTask(name="process", function=process, returns=["processed"]).as_pipeline()


def main():
    largest = Pipeline(
        steps=[
            Map(name="map", branch=branch(), iterate_on="chunks", iterate_as="chunk", reducer="max", max_parallel=2),
            PythonTask(name="check", function=check_largest),
        ]
    )
    own = Pipeline(
        steps=[
            Map(name="map", branch=branch(), iterate_on="chunks", iterate_as="chunk", reducer=spread),
            PythonTask(name="check", function=check_spread),
        ]
    )
    pipeline = Pipeline(
        steps=[
            PythonTask(name="list chunks", function=list_chunks, returns=["chunks"]),
            Parallel(name="both", branches={"largest": largest, "spread": own}),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
