"""Parameters from a file, in Python functions:  python examples/03-parameters/static_parameters_python.py

Arguments are bound by name and converted to what they are annotated with. A variable such as RUNNABLE_PRM_customer
is stronger than the file.
"""

from examples.common.functions import check_order, check_order_as_keywords, check_order_as_namespace
from runnable import Pipeline, PythonTask


def main():
    pipeline = Pipeline(
        steps=[
            PythonTask(name="typed", function=check_order),
            PythonTask(name="as namespace", function=check_order_as_namespace),
            PythonTask(name="as keywords", function=check_order_as_keywords),
        ]
    )
    pipeline.execute(parameters_file="examples/common/order.yaml")
    return pipeline


if __name__ == "__main__":
    main()
