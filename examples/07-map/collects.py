"""Items that fail do not stop what succeeded, as long as enough do:  python examples/07-map/collects.py

The step after the Map gets the results of the items that succeeded, and a list of those that failed.
"""

from examples.common.functions import check_kept, list_chunks, process_some
from runnable import Map, Pipeline, PythonTask


def main():
    pipeline = Pipeline(
        steps=[
            PythonTask(name="list chunks", function=list_chunks, returns=["chunks"]),
            Map(
                name="map",
                branch=PythonTask(name="process", function=process_some, returns=["processed"]).as_pipeline(),
                iterate_on="chunks",
                iterate_as="chunk",
                min_success=0.5,
                failures="not_processed",
            ),
            PythonTask(name="check", function=check_kept),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
