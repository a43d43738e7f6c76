"""Everything that a pipeline can be made of, once:  python examples/cheat-sheet/pipeline.py"""

from runnable import Conditional, Loop, Map, Parallel, Pipeline, PythonTask, ShellTask, Stub, metric, pickled


def load(day: str) -> list[int]:
    return [len(day), 3, 1]


def double(number: int) -> int:
    return 2 * number


def fit(doubled: list[int]) -> tuple[object, float]:
    return {"any": "object"}, max(doubled) / 10


def halve(n: float = 8) -> tuple[float, bool]:
    return n / 2, n / 2 < 1


def verdict(score: float) -> str:
    return "good" if score > 0.5 else "bad"


def apologize() -> None:
    print("sorry")


def main():
    sorry = PythonTask(name="apologize", function=apologize).as_pipeline()
    each = PythonTask(name="double", function=double, returns=["doubled"]).as_pipeline()
    again = PythonTask(name="halve", function=halve, returns=["n", "small"]).as_pipeline()
    # a function takes parameters by name; what it returns are parameters of the steps after it
    steps = [
        PythonTask(name="load", function=load, returns=["numbers"], retry=2, timeout="1m"),
        ShellTask(name="greet", command="export who=$(echo Ada)", returns=["who"], env={"LANG": "C"}),
        Map(name="each", branch=each, iterate_on="numbers", iterate_as="number", max_parallel=4),
        PythonTask(name="fit", function=fit, returns=[pickled("model"), metric("score")], on_failure=sorry),
        Parallel(
            name="both",
            branches={
                "left": Stub(name="later").as_pipeline(),
                "right": Loop(
                    name="until small", branch=again, break_on="small", index_as="round", max_iterations=9
                ).as_pipeline(),
            },
        ),
        PythonTask(name="verdict", function=verdict, returns=["verdict"], cache=True),
        Conditional(
            name="which",
            parameter="verdict",
            branches={"good": Stub(name="publish").as_pipeline(), "bad": Stub(name="hold").as_pipeline()},
        ),
    ]
    pipeline = Pipeline(steps=steps, name="everything")
    pipeline.execute(parameters_file="examples/cheat-sheet/parameters.yaml")
    return pipeline


if __name__ == "__main__":
    main()
