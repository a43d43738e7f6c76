"""A request for each of several names, with retries, and one report: what Prefect's example of GitHub stars does."""

import os

from runnable import Map, Pipeline, PythonTask, metric

STARS = {"PrefectHQ/prefect": 16_000, "pydantic/pydantic": 21_000, "huggingface/transformers": 134_000}


def names() -> list[str]:
    return list(STARS)


def fetch(name: str) -> int:
    """What a server would answer; the first request for one of them fails, as servers do."""
    if name.startswith("pydantic") and os.environ["RUNNABLE_STEP_ATTEMPT"] == "1":
        raise ConnectionError("the server is busy")
    return STARS[name]


def report(names: list[str], stars: list[int]) -> int:
    for name, count in zip(names, stars, strict=True):
        print(f"{name}: {count} stars")
    return sum(stars)


def main():
    each = PythonTask(name="fetch", function=fetch, returns=["stars"], retry=3, timeout="30s").as_pipeline()
    pipeline = Pipeline(
        name="stars",
        steps=[
            PythonTask(name="names", function=names, returns=["names"]),
            Map(name="each name", branch=each, iterate_on="names", iterate_as="name"),
            PythonTask(name="report", function=report, returns=[metric("total")]),
        ],
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
