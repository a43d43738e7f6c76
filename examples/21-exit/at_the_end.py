"""Something is cleaned up and somebody is told, however the run ends:  python examples/21-exit/at_the_end.py

The load fails, so the run fails, and the script ends with exit code 1. What runs at the end changes nothing of that.
"""

from runnable import Parameter, Pipeline, PythonTask, ShellTask, command, webhook


def extract(table: str) -> list[int]:
    return [3, 1, 2]


def load(rows: list[int]) -> None:
    raise ValueError(f"no room for {len(rows)} rows")


def account(run_id: str, status: str, failures: list[dict[str, str]], duration: float, table: str) -> str:
    """What is known of the run arrives as parameters, beside those of the pipeline."""
    steps = [failure["step"] for failure in failures]
    assert run_id
    assert duration > 0
    print(f"{table}: {status}, because of {steps}")
    return f"{table} {status}"


def main():
    pipeline = Pipeline(
        steps=[
            PythonTask(name="extract", function=extract, returns=["rows"]),
            PythonTask(name="load", function=load),
        ],
        parameters=[Parameter(name="table", default="orders")],
        on_exit=Pipeline(
            steps=[
                PythonTask(name="account", function=account, returns=["line"]),
                ShellTask(name="clean up", command='echo "$line: the table is unlocked"'),
            ]
        ),
        notify=[
            command('echo "the run $run_id has $status"', on="always"),
            webhook("http://127.0.0.1:8080/runs", on="success"),
        ],
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
