"""One of several branches:  python examples/02-sequential/conditional.py

The branch is the one whose name is the parameter's value. Both return `balance`, so it is there in any case.
"""

from examples.common.functions import check_balance, lose, toss, win
from runnable import Conditional, Pipeline, PythonTask


def main():
    coin = PythonTask(name="toss", function=toss, returns=["side"])
    choose = Conditional(
        name="choose",
        parameter="side",
        branches={
            "heads": PythonTask(name="win", function=win, returns=["balance"]).as_pipeline(),
            "tails": PythonTask(name="lose", function=lose, returns=["balance"]).as_pipeline(),
        },
    )
    check = PythonTask(name="check", function=check_balance)

    pipeline = Pipeline(steps=[coin, choose, check])
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
