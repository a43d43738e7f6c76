"""The pipeline that is killed: a chain, a map, branches and a loop, whose tasks note in a file that they have run.

python program.py FOLDER [HOST]   runs it, or goes on with it; the variables DIE_* see below; CLOCK_OFF is in seconds

What is noted by a run that has a HOST names it after a tab.
"""

import os
import random
import signal
import sys
import time
from pathlib import Path

from runnable import Loop, Map, Parallel, Pipeline, PythonTask

ITEMS = 12
FOLDER = Path(sys.argv[1] if len(sys.argv) > 1 else ".")
BY = f"\t{sys.argv[2]}" if len(sys.argv) > 2 else ""


def note(path: str) -> None:
    """One line, written by one call, once the task's work is done."""
    time.sleep(random.uniform(0, 0.03))
    with (FOLDER / "did").open("a") as stream:
        stream.write(f"{path}{BY}\n")


def start():
    note("start")
    return list(range(ITEMS))


def square(x: int):
    note(f"square {x}")
    return x * x, "y" * random.randint(0, 20_000)


def branch(total: int):
    note("branch")
    return total + 1


def other():
    note("other")
    return 7


def count(i: int, n: int = 0):
    note(f"count {i}")
    return n + i, i == 4


def add(squares: list[int]):
    note("add")
    return sum(squares)


def end(left: int, right: int, n: int):
    note("end")
    return left + right + n


RESULT = sum(x * x for x in range(ITEMS)) + 1 + 7 + sum(range(5))
TASKS = ["start", *(f"square {x}" for x in range(ITEMS)), "add", "branch", "other", *(f"count {i}" for i in range(5))]
TASKS.append("end")


def pipeline() -> Pipeline:
    squares = PythonTask(name="square", function=square, returns=["squares", "long"], retry=1).as_pipeline()
    left = PythonTask(name="branch", function=branch, returns=["left"]).as_pipeline()
    right = PythonTask(name="other", function=other, returns=["right"]).as_pipeline()
    counting = PythonTask(name="count", function=count, returns=["n", "done"]).as_pipeline()
    return Pipeline(
        steps=[
            PythonTask(name="start", function=start, returns=["xs"]),
            Map(name="squares", branch=squares, iterate_on="xs", iterate_as="x"),
            PythonTask(name="add", function=add, returns=["total"]),
            Parallel(name="both", branches={"left": left, "right": right}),
            Loop(name="counting", branch=counting, break_on="done", index_as="i", max_iterations=9),
            PythonTask(name="end", function=end, returns=["result"]),
        ]
    )


def die_in_a_write(number: int, part: float) -> None:
    """Kill this process in its `number`-th write of a record, of which only a `part` is done; renames count too."""
    left = number
    main, write, replace = os.getpid(), os.write, os.replace

    def dying() -> bool:
        nonlocal left
        left -= os.getpid() == main
        return left == 0

    def half_write(descriptor: int, data: bytes) -> int:
        if dying():
            write(descriptor, data[: int(len(data) * part)])
            os.kill(main, signal.SIGKILL)
        return write(descriptor, data)

    def no_replace(*arguments: str) -> None:
        if dying():
            os.kill(main, signal.SIGKILL)
        replace(*arguments)

    os.write, os.replace = half_write, no_replace  # type: ignore[assignment]


if __name__ == "__main__":
    if clock_off := float(os.environ.get("CLOCK_OFF", "0")):
        import time_machine

        time_machine.travel(time.time() + clock_off, tick=True).start()
    if "DIE_IN_WRITE" in os.environ:
        die_in_a_write(int(os.environ["DIE_IN_WRITE"]), float(os.environ["DIE_PART"]))
    pipeline().execute()
