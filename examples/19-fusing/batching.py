"""A Map of many short items, ten of them in each pod on Argo:  python examples/19-fusing/batching.py

Here it is the same as without `batch`.
"""

from runnable import Map, Pipeline, ShellTask


def main():
    score = Pipeline(
        steps=[
            ShellTask(name="measure", command="export length=${#word}", returns=["length"]),
            ShellTask(name="score", command="export points=$((length * length))", returns=["points"], retry=1),
        ]
    )
    steps = [
        Map(name="words", branch=score, iterate_on="words", iterate_as="word", batch=10, max_parallel=2),
        ShellTask(name="tell", command='echo "$points"'),
    ]
    pipeline = Pipeline(steps=steps)
    pipeline.execute(parameters={"words": ["a", "few", "words", "of", "different", "length"] * 5})
    return pipeline


if __name__ == "__main__":
    main()
