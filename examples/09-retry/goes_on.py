"""A run that fails, and goes on where it stopped once what was wrong is right.

python examples/09-retry/goes_on.py                  # fails: the second item, and what follows the map
PRICES=known runnable retry latest                   # runs the second item and what follows, nothing else
"""

import os

from runnable import Map, Pipeline, PythonTask


def list_orders():
    """Stands in for what takes long, and is not to be done twice."""
    return ["apples", "pears", "plums"]


def price(order: str) -> int:
    if order == "pears" and os.environ.get("PRICES") != "known":
        raise LookupError(f"nobody knows the price of {order}")
    return len(order)


def total(prices: list[int]) -> int:
    return sum(prices)


def main() -> Pipeline:
    each = PythonTask(name="price", function=price, returns=["prices"]).as_pipeline()
    pipeline = Pipeline(
        steps=[
            PythonTask(name="list orders", function=list_orders, returns=["orders"]),
            Map(name="each order", branch=each, iterate_on="orders", iterate_as="order"),
            PythonTask(name="total", function=total, returns=["sum"]),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
