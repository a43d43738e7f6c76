from pathlib import Path

from runnable import Pipeline, PythonTask


def files() -> list[Path]:
    return [Path("a")]


def counts() -> dict[int, str]:
    return {1: "one"}


Pipeline(
    steps=[
        PythonTask(name="files", function=files, returns=["files"]),
        PythonTask(name="counts", function=counts, returns=["counts"]),
    ]
).execute()
