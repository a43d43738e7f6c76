"""A log of streams for each day, counted together, and the first ten: what Luigi's example top_artists does."""

from collections import Counter
from pathlib import Path

from runnable import Catalog, Map, Pipeline, PythonTask

ARTISTS = ("Ada", "Ben", "Cid", "Dot", "Eve", "Fay")


def days() -> list[str]:
    return [f"2026-03-{day:02}" for day in range(1, 5)]


def write_streams(day: str) -> None:
    Path("streams").mkdir(exist_ok=True)
    seed = int(day[-2:])
    lines = [f"{number}\t{ARTISTS[(number * seed) % len(ARTISTS)]}\n" for number in range(60)]
    Path("streams", f"{day}.tsv").write_text("".join(lines))


def count() -> dict[str, int]:
    counted: Counter[str] = Counter()
    for file in sorted(Path("streams").glob("*.tsv")):
        counted.update(line.split("\t")[1] for line in file.read_text().splitlines())
    return dict(counted)


def top(counted: dict[str, int]) -> None:
    print(Counter(counted).most_common(3))


def main():
    stream = PythonTask(name="streams", function=write_streams, catalog=Catalog(put=["streams/"])).as_pipeline()
    pipeline = Pipeline(
        name="top-artists",
        steps=[
            PythonTask(name="days", function=days, returns=["days"]),
            Map(name="each day", branch=stream, iterate_on="days", iterate_as="day", max_parallel=1),
            PythonTask(name="count", function=count, returns=["counted"], catalog=Catalog(get=["streams/"])),
            PythonTask(name="top", function=top),
        ],
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
