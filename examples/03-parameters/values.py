"""Values that JSON has no form for come back as they left, by annotations:  python examples/03-parameters/values.py

A function says by its annotation what it returns, and the next one what it takes. What travels is JSON: a date is a
text, a set a list, a dataclass an object.
"""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from pathlib import Path

from runnable import Map, Pipeline, PythonTask


class Currency(Enum):
    EURO = "EUR"
    DOLLAR = "USD"


@dataclass
class Order:
    day: date
    price: Decimal
    currency: Currency


def read() -> tuple[list[Order], timedelta]:
    days = [date(2024, 1, 30), date(2024, 1, 31)]
    return [Order(day, Decimal("0.10"), Currency.EURO) for day in days], timedelta(days=2)


def deliver(order: Order, delay: timedelta) -> tuple[date, set[Currency], dict[Path, Decimal]]:
    return order.day + delay, {order.currency}, {Path("orders") / str(order.day): order.price}


def latest(days: list[date]) -> date:
    return max(days)


def merged(prices: list[dict[Path, Decimal]]) -> dict[Path, Decimal]:
    return {path: price for each in prices for path, price in each.items()}


def check(delivered: date, used: list[set[Currency]], prices: dict[Path, Decimal]):
    assert delivered == date(2024, 2, 2)
    assert used == [{Currency.EURO}, {Currency.EURO}]
    assert sum(prices.values()) == Decimal("0.20")


def main():
    branch = PythonTask(name="deliver", function=deliver, returns=["delivered", "used", "prices"]).as_pipeline()
    pipeline = Pipeline(
        steps=[
            PythonTask(name="read", function=read, returns=["orders", "delay"]),
            Map(
                name="each order",
                branch=branch,
                iterate_on="orders",
                iterate_as="order",
                reducer={"delivered": latest, "prices": merged},  # `used` stays a list
            ),
            PythonTask(name="check", function=check),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
