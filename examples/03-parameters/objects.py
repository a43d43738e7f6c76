"""Objects that are no JSON, in every construct:  python examples/03-parameters/objects.py

`pickled(name)` keeps what a function or notebook returns in the store of the run. Functions, and notebooks that mention
the name, get the object itself.
"""

from dataclasses import dataclass, replace

from runnable import Conditional, Loop, Map, NotebookTask, Pipeline, PythonTask, ShellTask, metric, pickled


@dataclass
class Line:
    """y = slope * x, and how far the points are from it."""

    slope: float
    error: float


def load() -> tuple[set, list[float]]:
    return {(x, 3 * x) for x in range(1, 6)}, [1.0, 2.5, 7.0]


def fit(points: set, slope: float) -> Line:
    return Line(slope, sum(abs(y - slope * x) for x, y in points))


def best(lines: list[Line]) -> Line:
    return min(lines, key=lambda line: line.error)


def improve(line: Line, points: set) -> tuple[Line, bool]:
    nearer = fit(points, line.slope + 0.25)
    return (nearer, False) if nearer.error < line.error else (line, True)


def judge(line: Line) -> tuple[float, str]:
    return line.error, "good" if line.error < 1 else "bad"


def round_off(line: Line) -> Line:
    return replace(line, slope=round(line.slope, 2))


def report(line: Line, summary: str) -> str:
    return f"{summary}: y = {line.slope} x"


def main():
    line = [pickled("line")]
    fits = PythonTask(name="fit", function=fit, returns=line).as_pipeline()
    improving = PythonTask(name="improve", function=improve, returns=[*line, "done"]).as_pipeline()
    rounding = PythonTask(name="round off", function=round_off, returns=line).as_pipeline()
    giving_up = ShellTask(name="give up", command="exit 1").as_pipeline()
    pipeline = Pipeline(
        steps=[
            PythonTask(name="load", function=load, returns=[pickled("points"), "slopes"]),
            Map(name="candidates", branch=fits, iterate_on="slopes", iterate_as="slope", reducer=best),
            Loop(name="refine", branch=improving, break_on="done", index_as="round", max_iterations=5),
            PythonTask(name="judge", function=judge, returns=[metric("error"), "verdict"]),
            Conditional(name="if good", parameter="verdict", branches={"good": rounding, "bad": giving_up}),
            NotebookTask(name="describe", notebook="examples/common/describe_line.ipynb", returns=["summary"]),
            PythonTask(name="report", function=report, returns=["result"]),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
