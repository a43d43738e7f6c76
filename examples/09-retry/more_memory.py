"""Memory that grows with each attempt, and comes from an item:  python examples/09-retry/more_memory.py

A pod that is killed for want of memory gets more when it is tried again. The second step takes what its item says.
"""

from examples.common.functions import check_processed_sizes, process_size, use_more_each_time
from runnable import Map, Pipeline, PythonTask, param


def main():
    each = PythonTask(
        name="process",
        function=process_size,
        returns=["processed"],
        resources={"memory": param("size")},
    )
    pipeline = Pipeline(
        steps=[
            PythonTask(
                name="grow",
                function=use_more_each_time,
                returns=["sizes"],
                retry=2,
                resources={"memory": "128Mi * attempt", "cpu": "100m"},
            ),
            Map(name="sizes", branch=each.as_pipeline(), iterate_on="sizes", iterate_as="size"),
            PythonTask(name="check", function=check_processed_sizes),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
