"""An order that somebody posts to a web server starts a run:  python examples/25-events/orders.py

On this machine it runs with the values that it has. `runnable compile -c examples/25-events/events.yaml …` adds what
starts a workflow for each order, and for each file in a bucket: what was sent are its parameters, with their types.
"""

from runnable import Parameter, Pipeline, PythonTask


def take(customer: str, amount: int, file: str) -> str:
    found = f"{customer} orders {amount}" if customer else f"a file of orders: {file}"
    print(found)
    return found


def main():
    pipeline = Pipeline(
        name="orders",
        parameters=[
            Parameter(name="customer", type=str, default="ann", help="who orders"),
            Parameter(name="amount", type=int, default=1),
            Parameter(name="file", type=str, default=""),
        ],
        steps=[PythonTask(name="take", function=take, returns=["taken"])],
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
