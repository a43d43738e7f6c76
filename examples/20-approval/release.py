"""A person decides whether a report is sent, and to whom:  python examples/20-approval/release.py

The run waits, and asks on the terminal. `runnable approve latest -p audience=everybody` answers from another shell, and
`runnable reject latest` has the step fail, so that its handler runs.
"""

from typing import Literal

from runnable import Approval, Parameter, Pipeline, PythonTask, ShellTask


def write_report() -> int:
    return 12


def send(pages: int, audience: Literal["team", "everybody"], copies: int) -> int:
    """The answers are parameters, as what a step returns."""
    print(f"{copies} copies of {pages} pages go to {audience}")
    return pages * copies


def main():
    put_aside = Pipeline(steps=[ShellTask(name="put aside", command='echo "the report stays where it is"')])
    pipeline = Pipeline(
        steps=[
            PythonTask(name="write", function=write_report, returns=["pages"]),
            Approval(
                name="release",
                message="Shall the report be sent?",
                deadline="2h",
                answers=[
                    Parameter(name="audience", type=Literal["team", "everybody"], default="team"),
                    Parameter(name="copies", type=int, default=1),
                ],
                on_failure=put_aside,
            ),
            PythonTask(name="send", function=send, returns=["sheets"]),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
