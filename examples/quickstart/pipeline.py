from runnable import Map, Pipeline, PythonTask

PRICES = {"apples": 3, "pears": 4}


def read_orders(orders: list[str]) -> list[str]:
    return sorted(orders)


def price_of(order: str) -> int:
    return PRICES[order]


def total(prices: list[int]) -> None:
    print(f"{len(prices)} orders cost {sum(prices)}")


def main():
    each = PythonTask(name="price", function=price_of, returns=["prices"]).as_pipeline()
    pipeline = Pipeline(
        name="orders",
        steps=[
            PythonTask(name="read", function=read_orders, returns=["sorted_orders"]),
            Map(name="each order", branch=each, iterate_on="sorted_orders", iterate_as="order"),
            PythonTask(name="total", function=total),
        ],
    )
    pipeline.execute(parameters_file="orders.yaml")
    return pipeline


if __name__ == "__main__":
    main()
