"""Files that steps hand on:  python examples/04-catalog/catalog.py

A step puts files into the catalog of its run, and later ones get them: in another folder, container or pod as well.
`forget` stands for that here: it removes the local file, which `get` brings back.
"""

import csv
from pathlib import Path

from runnable import Catalog, Pipeline, PythonTask, ShellTask

FOLDER = Path("out/catalog")
PRICES = "out/catalog/prices.csv"


def write_prices():
    FOLDER.mkdir(parents=True, exist_ok=True)
    with Path(PRICES).open("w", newline="") as file:
        csv.writer(file).writerows([["article", "price"], ["bolt", 3], ["nut", 2]])


def sum_prices() -> int:
    with Path(PRICES).open(newline="") as file:
        return sum(int(row["price"]) for row in csv.DictReader(file))


def main():
    get_prices = Catalog(get=[PRICES])
    pipeline = Pipeline(
        steps=[
            PythonTask(name="write prices", function=write_prices, catalog=Catalog(put=[PRICES])),
            ShellTask(name="forget", command=f"rm -f {PRICES}"),
            PythonTask(name="sum prices", function=sum_prices, returns=["total"], catalog=get_prices),
            ShellTask(
                name="count articles",
                command=f"export articles=$(($(wc -l < {PRICES}) - 1))",
                returns=["articles"],
                catalog=get_prices,
            ),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
