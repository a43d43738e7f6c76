"""Parameters from a file, in a notebook and a shell:  python examples/03-parameters/static_parameters_non_python.py

A notebook gets them as variables, after its cell tagged `parameters`; a shell as environment variables, those that are
not text as JSON.
"""

from runnable import NotebookTask, Pipeline, ShellTask

CHECK = """
[ "$customer" = Ada ] && [ "$unit_price" = 9.5 ] && [ "$items" = '[3, 1, 2]' ] &&
[ "$address" = '{"city": "Oslo", "zip_code": "0150"}' ]
"""


def main():
    pipeline = Pipeline(
        steps=[
            NotebookTask(name="in notebook", notebook="examples/common/summarize_order.ipynb"),
            ShellTask(name="in shell", command=CHECK),
        ]
    )
    pipeline.execute(parameters_file="examples/common/order.yaml")
    return pipeline


if __name__ == "__main__":
    main()
