"""
A Parallel of which two branches run at the same time, at most, in a pipeline that may take ten minutes in all.

If a branch failed, those that have not begun would be left out: `fail_fast`.

Run it with:

    python examples/06-parallel/limited.py
"""

from examples.common.functions import hello
from runnable import Parallel, Pipeline, PythonTask, Stub

REGIONS = ["north", "east", "south", "west"]


def main():
    branches = {region: PythonTask(name=f"count {region}", function=hello).as_pipeline() for region in REGIONS}
    count = Parallel(name="count", branches=branches, max_parallel=2, fail_fast=True)

    pipeline = Pipeline(steps=[count, Stub(name="report")], timeout="10m")
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
