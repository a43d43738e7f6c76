"""
Steps that do not run one after another: each starts when the steps that it is `after` have succeeded.

    orders ──► clean ──► report
    rates ────────┴────────▲

`clean` waits for `orders` alone, and `report` for `clean` and for `rates`: so `rates` may still run while `clean` does.

Run it with:

    python examples/16-dag/dag.py
"""

from runnable import Pipeline, PythonTask


def orders() -> list[float]:
    return [30.0, -1.0, 12.5]


def rates() -> dict[str, float]:
    return {"EUR": 1.0, "USD": 1.25}


def clean(amounts: list[float]) -> list[float]:
    return [amount for amount in amounts if amount > 0]


def report(cleaned: list[float], rate: dict[str, float]) -> dict[str, float]:
    return {currency: sum(cleaned) * factor for currency, factor in rate.items()}


def main():
    read = PythonTask(name="orders", function=orders, returns=["amounts"])
    rate = PythonTask(name="rates", function=rates, returns=["rate"])
    tidy = PythonTask(name="clean", function=clean, returns=["cleaned"])
    sums = PythonTask(name="report", function=report, returns=["sums"])

    pipeline = Pipeline(steps=[read, rate, tidy.after(read), sums.after(tidy, rate)])
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
