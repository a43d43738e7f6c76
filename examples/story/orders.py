"""What a day's orders come to; docs/story.md takes it to a cluster, and back when it fails there."""

from runnable import Map, Pipeline, PythonTask

ORDERS = {
    "monday": ["apples 1.20", "plums 2.00"],
    "tuesday": ["apples 1.20", "pears 0,80", "plums 2.00"],
}


def load(day: str) -> list[str]:
    return ORDERS[day]


def price(order: str) -> float:
    _, amount = order.split()
    return float(amount)


def total(prices: list[float]) -> float:
    print(f"{len(prices)} orders")
    return sum(prices)


def main() -> Pipeline:
    each = PythonTask(name="price", function=price, returns=["prices"]).as_pipeline()
    pipeline = Pipeline(
        steps=[
            PythonTask(name="load", function=load, returns=["orders"]),
            Map(name="each", branch=each, iterate_on="orders", iterate_as="order"),
            PythonTask(name="total", function=total, returns=["sum"]),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
