"""A step that need not run again:  python examples/14-caching/caching.py, twice

The second run takes what the first one returned, until the function, its argument or the file changes.
"""

import json
from pathlib import Path

from runnable import Catalog, Pipeline, PythonTask, pickled

PRICES = "out/caching/prices.json"


def write_prices(bread: float = 2.5):
    Path(PRICES).parent.mkdir(parents=True, exist_ok=True)
    Path(PRICES).write_text(json.dumps({"bread": bread, "milk": 1.25}))


def fit(rounds: int = 3):
    """What takes long."""
    prices = json.loads(Path(PRICES).read_text())
    mean = sum(prices.values()) / len(prices)
    return {"mean": mean, "rounds": rounds}, mean


def predict(model: dict[str, float]) -> float:
    return 2 * model["mean"]


def main():
    pipeline = Pipeline(
        steps=[
            PythonTask(name="write prices", function=write_prices, catalog=Catalog(put=[PRICES])),
            PythonTask(
                name="fit",
                function=fit,
                returns=[pickled("model"), "mean"],
                catalog=Catalog(get=[PRICES]),
                cache=True,
            ),
            PythonTask(name="predict", function=predict, returns=["prediction"]),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
