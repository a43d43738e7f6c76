"""Composites in composites:  python examples/12-nesting/everything.py

In a Parallel: a Map in a Map, and a Map whose branch is a Conditional with a Loop and a handled failure in it.
"""

from examples.common.functions import (
    check_grid,
    check_verdicts,
    fail,
    grade,
    list_chunks,
    list_grid,
    never_done,
    square,
)
from runnable import Conditional, Loop, Map, Parallel, Pipeline, PythonTask, ShellTask, Stub


def grid() -> Pipeline:
    cells = PythonTask(name="square", function=square, returns=["squared"]).as_pipeline()
    rows = Map(name="rows", branch=cells, iterate_on="row", iterate_as="cell").as_pipeline()
    return Pipeline(
        steps=[
            PythonTask(name="list grid", function=list_grid, returns=["grid"]),
            Map(name="grid", branch=rows, iterate_on="grid", iterate_as="row"),
            PythonTask(name="check", function=check_grid),
        ]
    )


def verdicts() -> Pipeline:
    retry = PythonTask(name="try", function=never_done, returns=["last", "done"]).as_pipeline()
    odd = Pipeline(
        steps=[
            Loop(name="again", branch=retry, break_on="done", index_as="attempt", max_iterations=2),
            ShellTask(name="strange", command="export verdict=strange", returns=["verdict"]),
        ]
    )
    fine = ShellTask(name="fine", command="export verdict=fine", returns=["verdict"]).as_pipeline()
    even = PythonTask(name="breaks", function=fail, returns=["verdict"], on_failure=fine).as_pipeline()
    each = Pipeline(
        steps=[
            PythonTask(name="grade", function=grade, returns=["kind"]),
            Conditional(name="judge", parameter="kind", branches={"odd": odd, "even": even}),
        ]
    )
    return Pipeline(
        steps=[
            PythonTask(name="list chunks", function=list_chunks, returns=["cells"]),
            Map(name="cells", branch=each, iterate_on="cells", iterate_as="cell"),
            PythonTask(name="check", function=check_verdicts),
        ]
    )


def main():
    both = Parallel(name="both", branches={"grid": grid(), "verdicts": verdicts()})
    pipeline = Pipeline(steps=[both, Stub(name="end")])
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
