"""
A kind of task, and a pattern of steps, of one's own: functions that make steps of those there are.

    python examples/published/own_tasks.py
"""

from runnable import Parallel, Pipeline, ShellTask, Stub


def awk(name: str, program: str, returns: str) -> ShellTask:
    """A kind of task: a program of awk, over the file that the parameter `table` names, whose output is a parameter."""
    command = f'{returns}=$(awk "$PROGRAM" "$table") && export {returns}'
    return ShellTask(name=name, command=command, env={"PROGRAM": program}, returns=[returns])


def at_once(name: str, steps: list[ShellTask]) -> Parallel:
    """A pattern of steps: all of them at the same time."""
    return Parallel(name=name, branches={step.name: step.as_pipeline() for step in steps})


def main():
    sums = [awk("count", "END { print NR }", "orders"), awk("sum", "{ total += $2 } END { print total }", "total")]
    show = ShellTask(name="show", command='echo "$orders orders, $total in all"')
    pipeline = Pipeline(steps=[Stub(name="begin"), at_once("sums", sums), show])
    pipeline.execute(parameters={"table": "examples/published/orders.txt"})
    return pipeline


if __name__ == "__main__":
    main()
