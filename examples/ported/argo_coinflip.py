"""A coin is flipped until it shows heads: what Argo Workflows' example coinflip-recursive does."""

import random

from runnable import Conditional, Loop, Pipeline, PythonTask, ShellTask, Stub


def flip(seed: int, flips: int = 0) -> tuple[str, bool, int]:
    side = random.Random(seed + flips).choice(["heads", "tails"])
    return side, side == "heads", flips + 1


def seed() -> int:
    return 11


def main():
    say = Conditional(
        name="result",
        parameter="side",
        branches={
            "heads": ShellTask(name="say", command='echo "it was heads"').as_pipeline(),
            "tails": Stub(name="again").as_pipeline(),
        },
    )
    once = Pipeline(steps=[PythonTask(name="flip", function=flip, returns=["side", "done", "flips"]), say])
    pipeline = Pipeline(
        name="coinflip",
        steps=[
            PythonTask(name="seed", function=seed, returns=["seed"]),
            Loop(name="until heads", branch=once, break_on="done", index_as="round", max_iterations=20),
            ShellTask(name="count", command='echo "after $flips flips"'),
        ],
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
