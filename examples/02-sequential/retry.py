"""A step that fails at first, and is tried again:  python examples/02-sequential/retry.py

`retry` is the number of further attempts, `timeout` the time that one attempt may take. A task can tell which attempt
it is, from 1, by the variable RUNNABLE_STEP_ATTEMPT.
"""

from runnable import Pipeline, ShellTask, Stub

FLAKY = """
echo "attempt $RUNNABLE_STEP_ATTEMPT"
[ "$RUNNABLE_STEP_ATTEMPT" -ge 2 ]
"""


def main():
    pipeline = Pipeline(
        steps=[
            ShellTask(name="flaky", command=FLAKY, retry=2, timeout="1m"),
            Stub(name="done"),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
