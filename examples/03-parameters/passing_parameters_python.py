"""What one function returns is what a later one takes:  python examples/03-parameters/passing_parameters_python.py

Returns are values of JSON, pydantic models or dataclasses. A `metric` is listed apart in the run's record.
"""

from examples.common.functions import check_order, check_total, grant_discount, take_order
from runnable import Pipeline, PythonTask, metric


def main():
    take = PythonTask(
        name="take order",
        function=take_order,
        returns=["items", "unit_price", "customer", "address", metric("confidence")],
    )
    check = PythonTask(name="check order", function=check_order)
    discount = PythonTask(name="grant discount", function=grant_discount, returns=["discount"])
    total = PythonTask(name="total", function=check_total, returns=[metric("total")])

    pipeline = Pipeline(steps=[take, check, discount, total])
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
