"""What a shell exports is what a later step takes:  python examples/03-parameters/passing_parameters_shell.py"""

from examples.common.functions import check_order
from runnable import Pipeline, PythonTask, ShellTask, metric

WRITE = """
export items='[3, 1, 2]'
export unit_price=9.5
export customer=Ada
export address='{"city": "Oslo", "zip_code": "0150"}'
export confidence=0.75
"""
READ = """
[ "$customer" = Ada ] && [ "$items" = '[3, 1, 2]' ] && [ "$confidence" = 0.75 ]
"""


def main():
    write = ShellTask(
        name="write", command=WRITE, returns=["items", "unit_price", "customer", "address", metric("confidence")]
    )
    read_in_python = PythonTask(name="read in python", function=check_order)
    read_in_shell = ShellTask(name="read in shell", command=READ)

    pipeline = Pipeline(steps=[write, read_in_python, read_in_shell])
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
