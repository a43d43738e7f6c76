"""What a notebook leaves in its variables is what a later step takes:

python examples/03-parameters/passing_parameters_notebook.py
"""

from examples.common.functions import expect_total, take_order
from runnable import NotebookTask, Pipeline, PythonTask, metric


def main():
    take = PythonTask(
        name="take order",
        function=take_order,
        returns=["items", "unit_price", "customer", "address", metric("confidence")],
    )
    summarize = NotebookTask(
        name="summarize", notebook="examples/common/summarize_order.ipynb", returns=[metric("total"), "report"]
    )
    expect = PythonTask(name="expect total", function=expect_total)

    pipeline = Pipeline(steps=[take, summarize, expect])
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
