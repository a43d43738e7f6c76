"""Rows are loaded, two rankings made, and one sentence written: what Dagster's first tutorial with cereals did."""

from dataclasses import dataclass

from runnable import Parallel, Pipeline, PythonTask


@dataclass
class Cereal:
    name: str
    calories: int
    protein: int


def load() -> list[Cereal]:
    return [Cereal("Corn Loops", 110, 2), Cereal("Oat Hulls", 90, 4), Cereal("Honey Bits", 160, 3)]


def by_calories(cereals: list[Cereal]) -> str:
    return max(cereals, key=lambda cereal: cereal.calories).name


def by_protein(cereals: list[Cereal]) -> str:
    return max(cereals, key=lambda cereal: cereal.protein).name


def display(most_calories: str, most_protein: str) -> None:
    print(f"most calories: {most_calories}; most protein: {most_protein}")


def main():
    calories = PythonTask(name="by calories", function=by_calories, returns=["most_calories"])
    protein = PythonTask(name="by protein", function=by_protein, returns=["most_protein"])
    pipeline = Pipeline(
        name="cereals",
        steps=[
            PythonTask(name="load", function=load, returns=["cereals"]),
            Parallel(name="rank", branches={"calories": calories.as_pipeline(), "protein": protein.as_pipeline()}),
            PythonTask(name="display", function=display),
        ],
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
