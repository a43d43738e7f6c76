"""JSON values that are too large to travel:  python examples/03-parameters/large_values.py

There is nothing to say about them: they go through the store of the run by themselves, and arrive as values.
"""

from runnable import Map, Pipeline, PythonTask, ShellTask


def write_texts() -> list[str]:
    return [letter * 700_000 for letter in "abc"]


def shorten(text: str) -> dict[str, object]:
    return {"first": text[0], "half": text[: len(text) // 2]}


def count(short: list[dict[str, str]], texts: list[str]) -> tuple[int, str]:
    return sum(len(one["half"]) for one in short) + sum(map(len, texts)), "".join(one["first"] for one in short)


def main():
    shortening = PythonTask(name="shorten", function=shorten, returns=["short"]).as_pipeline()
    pipeline = Pipeline(
        steps=[
            PythonTask(name="write texts", function=write_texts, returns=["texts"]),
            Map(name="each", branch=shortening, iterate_on="texts", iterate_as="text"),
            PythonTask(name="count", function=count, returns=["characters", "firsts"]),
            ShellTask(name="show", command='export shown="$characters characters, $firsts"', returns=["shown"]),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
