"""Steps that need not run again, here and on Argo:  python examples/22-step-cache/step_cache.py, twice

On Argo, a step that the cache has takes no pod:

    runnable compile -c examples/configs/argo-pages.yaml examples/22-step-cache/step_cache.py

With one chunk more, only that chunk and the total are computed.
"""

from examples.common.functions import list_chunks
from runnable import Map, Pipeline, PythonTask

WEIGHTS = {"a": 1, "b": 2}


def weigh(text: str) -> int:
    return sum(WEIGHTS.get(letter, 0) for letter in text)


def score(chunk: int) -> int:
    """What takes long."""
    return weigh("ab" * chunk)


def total(scores: list[int]) -> int:
    return sum(scores)


def main():
    each = PythonTask(name="score", function=score, returns=["scores"], cache=True).as_pipeline()
    pipeline = Pipeline(
        name="scores",
        steps=[
            PythonTask(name="list chunks", function=list_chunks, returns=["chunks"]),
            Map(name="each chunk", branch=each, iterate_on="chunks", iterate_as="chunk"),
            PythonTask(name="total", function=total, returns=["sum_of_scores"], cache=True),
        ],
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
