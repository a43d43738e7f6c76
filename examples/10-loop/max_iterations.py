"""A loop that ends at its limit, which is no failure:  python examples/10-loop/max_iterations.py"""

from examples.common.functions import check_last, never_done
from runnable import Loop, Pipeline, PythonTask


def main():
    body = PythonTask(name="try", function=never_done, returns=["last", "done"]).as_pipeline()
    pipeline = Pipeline(
        steps=[
            Loop(name="loop", branch=body, break_on="done", index_as="attempt", max_iterations=3),
            PythonTask(name="check", function=check_last),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
