"""A pipeline worth testing:  python examples/08-mocking/orders.py

As it is, it calls everything for real. Without changing it, the configuration makes its steps do nothing, but for those
that are patched; and test_orders.py beside it replaces some of them in tests:

    RUNNABLE_CONFIGURATION_FILE=examples/08-mocking/mocked.yaml python examples/08-mocking/orders.py
    pytest examples/08-mocking
"""

from examples.common.functions import decide, fetch_orders, notify, price_of
from runnable import Conditional, Map, Pipeline, PythonTask, ShellTask


def main():
    price = Pipeline(steps=[PythonTask(name="price", function=price_of, returns=["prices"])])
    ship = Pipeline(steps=[ShellTask(name="ship", command="echo 'shipping orders worth' $total")])
    hold = Pipeline(steps=[PythonTask(name="notify", function=notify)])

    pipeline = Pipeline(
        steps=[
            PythonTask(name="fetch", function=fetch_orders, returns=["orders"], retry=1),
            Map(name="price orders", branch=price, iterate_on="orders", iterate_as="order"),
            PythonTask(name="decide", function=decide, returns=["decision", "total"]),
            Conditional(name="act", parameter="decision", branches={"ship": ship, "hold": hold}),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
