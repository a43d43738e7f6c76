"""Two branches over the same table, and a join: what Metaflow's tutorial 01-playlist does."""

import csv
import io
import random

from runnable import Parallel, Pipeline, PythonTask

MOVIES = """title,genre,year
The Long Orbit,Sci-Fi,2009
Salt and Rope,Drama,2009
Second Moon,Sci-Fi,2014
Laughing Matters,Comedy,2011
"""


def start(genre: str = "Sci-Fi") -> tuple[list[dict[str, str]], str]:
    return list(csv.DictReader(io.StringIO(MOVIES))), genre


def pick_movie(movies: list[dict[str, str]], genre_wanted: str) -> dict[str, str]:
    return random.Random(7).choice([movie for movie in movies if movie["genre"] != genre_wanted])


def of_genre(movies: list[dict[str, str]], genre_wanted: str) -> list[str]:
    return [f"{movie['title']} ({movie['year']})" for movie in movies if movie["genre"] == genre_wanted]


def join(playlist: list[str], bonus: dict[str, str]) -> None:
    for place, title in enumerate(playlist, 1):
        print(f"{place}: {title}")
    print(f"bonus: {bonus['title']}, {bonus['genre']}")


def main():
    branches = {
        "bonus": PythonTask(name="pick bonus", function=pick_movie, returns=["bonus"]).as_pipeline(),
        "genre": PythonTask(name="pick by genre", function=of_genre, returns=["playlist"]).as_pipeline(),
    }
    pipeline = Pipeline(
        name="playlist",
        steps=[
            PythonTask(name="start", function=start, returns=["movies", "genre_wanted"]),
            Parallel(name="pick", branches=branches),
            PythonTask(name="join", function=join),
        ],
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
