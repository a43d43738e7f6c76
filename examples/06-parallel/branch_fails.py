"""One branch fails: the other still runs to its end, then the pipeline fails.

python examples/06-parallel/branch_fails.py
"""

from examples.common.functions import fail, hello
from runnable import Parallel, Pipeline, PythonTask, Stub


def main():
    bad = Pipeline(steps=[PythonTask(name="fails", function=fail), Stub(name="never runs")])
    good = Pipeline(steps=[PythonTask(name="works", function=hello), Stub(name="runs")])
    both = Parallel(name="both", branches={"bad": bad, "good": good})

    pipeline = Pipeline(steps=[both, Stub(name="not reached")])
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
