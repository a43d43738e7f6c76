"""
A graph with a cross edge, which Parallels cannot say: `weekly` waits for `sales` alone, `stock` for it and for `goods`.
Composites are members of a graph like any other step, and a failure stops what waits for it, and nothing else.

    sales ──► weekly (a Map) ──► notify
      └───► stock ───────────────▲
    goods ────▲
    audit (fails, and its handler runs: nothing waits for it)

Run it with:

    python examples/16-dag/cross_edge.py
"""

from runnable import Map, Pipeline, PythonTask, ShellTask


def sales() -> dict[str, int]:
    return {"mon": 3, "tue": 5}


def goods() -> int:
    return 20


def per_day(day: str, sold: dict[str, int]) -> int:
    return sold[day] * 2


def days(sold: dict[str, int]) -> list[str]:
    return sorted(sold)


def stock(sold: dict[str, int], on_hand: int) -> int:
    return on_hand - sum(sold.values())


def audit() -> None:
    raise ValueError("the books are not balanced")


def notify(doubled: list[int], left: int) -> str:
    return f"doubled {doubled}, {left} left"


def main():
    sell = PythonTask(name="sales", function=sales, returns=["sold"])
    have = PythonTask(name="goods", function=goods, returns=["on_hand"])
    list_days = PythonTask(name="days", function=days, returns=["week"])
    each = PythonTask(name="per day", function=per_day, returns=["doubled"]).as_pipeline()
    weekly = Map(name="weekly", branch=each, iterate_on="week", iterate_as="day")
    left = PythonTask(name="stock", function=stock, returns=["left"])
    tell = PythonTask(name="notify", function=notify, returns=["message"])
    sorry = ShellTask(name="sorry", command="echo 'somebody looks at the books'").as_pipeline()
    books = PythonTask(name="audit", function=audit, on_failure=sorry)

    pipeline = Pipeline(
        steps=[
            sell,
            have,
            books,
            list_days.after(sell),
            weekly.after(list_days),
            left.after(sell, have),
            tell.after(weekly, left),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
