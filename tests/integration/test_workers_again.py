"""A worker takes another task only where the one before has left nothing that it could meet."""

from __future__ import annotations

import atexit
import ctypes
import os
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runnable.execution.keeping import WORKER, kept
from runnable.execution.launcher import TaskStart
from runnable.execution.progress.silent import SilentProgress
from runnable.executors.local.worker import can_be_followed
from runnable.executors.local.workers import WorkerLauncher
from runnable.ir.nodes import FanOut, Task
from runnable.ir.task_spec import task_spec
from runnable_runtime.records.records import RunRecord
from tests.support.local_runs import call, chain, execute, log_of, program, shell

counted: list[int] = []
total = 0


class Model:
    trained = False


def clean(x: int) -> int:
    return os.getpid()


def prints(x: int) -> int:
    ctypes.CDLL(None).printf(b"item %d\n", x)
    return os.getpid()


def environment(x: int) -> list[Any]:
    seen = [os.environ.get("SEEN"), Path.cwd().name, os.getpid()]
    os.environ["SEEN"] = "yes"
    os.chdir("/")
    return seen


def variable(x: int) -> int:
    global total
    total += 1
    return os.getpid()


def grown(x: int) -> int:
    counted.append(x)
    return os.getpid()


def attribute(x: int) -> int:
    Model.trained = True
    return os.getpid()


def thread(x: int) -> int:
    threading.Thread(target=time.sleep, args=(60,), daemon=True).start()
    return os.getpid()


def child(x: int) -> int:
    subprocess.run(["true"], check=True)
    return os.getpid()


def left_running(x: int) -> int:
    subprocess.Popen(["sleep", "60"])
    return os.getpid()


def at_exit(x: int) -> int:
    atexit.register(print, "the end")
    return os.getpid()


def finalizer(x: int) -> int:
    counted_folder.append(tempfile.TemporaryDirectory())
    return os.getpid()


class _Hidden(list[Any]):
    """Nothing of it tells that it has grown."""

    def __len__(self) -> int:
        return 0


counted_folder = _Hidden()


def open_file(x: int) -> int:
    os.open(os.devnull, os.O_RDONLY)
    return os.getpid()


def closes_output(x: int) -> int:
    os.close(1)
    return os.getpid()


def memory(x: int) -> int:
    del bytearray(400_000_000)[:1]
    return os.getpid()


def dies_next(x: int) -> int:
    if x == 1:
        os.kill(os.getpid(), 9)
    return os.getpid()


def run(tmp_path: Path, function: Callable[[int], Any], items: int = 4) -> RunRecord:
    """A Map of `function` over numbers, one after another, in workers."""
    name = function.__name__
    each = FanOut("m", chain("m", call("w", name, reads="x", returns="y")), "xs", "x", max_parallel=1)
    pipeline = program(each, xs=list(range(items)))
    return execute(pipeline, {name: function}, tmp_path, concurrent=True)


def values(record: RunRecord) -> list[Any]:
    """What the items have returned, in order."""
    return [step.outputs["y"] for path, step in record.steps.items() if path.endswith(".w")]


def test_items_share_a_worker(tmp_path: Path) -> None:
    assert len(set(values(run(tmp_path, clean)))) == 1


def test_what_c_has_buffered_is_in_the_log_of_the_item_that_printed_it(tmp_path: Path) -> None:
    record = run(tmp_path, prints)
    assert len(set(values(record))) == 1
    assert [log_of(record, f"m.{i}.w") for i in range(4)] == [f"item {i}\n" for i in range(4)]


def test_the_next_item_has_the_environment_and_folder_that_the_first_had(tmp_path: Path) -> None:
    seen = values(run(tmp_path, environment))
    assert [one[:2] for one in seen] == [[None, Path.cwd().name]] * 4
    assert len({one[2] for one in seen}) == 1


@pytest.mark.parametrize(
    "function",
    [variable, grown, attribute, thread, child, left_running, at_exit, finalizer, open_file, closes_output, memory],
    ids=lambda function: function.__name__,
)
def test_a_worker_in_which_something_is_left_takes_no_other_task(
    tmp_path: Path, function: Callable[[int], Any]
) -> None:
    record = run(tmp_path, function, items=2)
    assert record.status == "succeeded"
    assert len(set(values(record))) == 2


def test_the_end_of_a_process_that_has_something_to_do_is_in_its_items_log(tmp_path: Path) -> None:
    record = run(tmp_path, at_exit, items=2)
    assert [log_of(record, f"m.{i}.w") for i in range(2)] == ["the end\n"] * 2


def test_a_worker_that_dies_with_its_second_item_fails_that_item_alone(tmp_path: Path) -> None:
    record = run(tmp_path, dies_next, items=2)
    assert (record.steps["m.0.w"].status, record.steps["m.1.w"].status) == ("succeeded", "failed")
    assert "SIGKILL" in record.steps["m.1.w"].message


def test_only_functions_without_secrets_share_a_worker() -> None:
    def followed(task: Task) -> bool:
        spec = task_spec(task, task.name)
        start = TaskStart(
            action=task.action,
            spec=spec,
            attempt=1,
            parameters={},
            environment={},
            project=Path(),
            options=task.options,
        )
        return can_be_followed(start)

    assert followed(call("t"))
    assert not followed(call("t", secrets=("TOKEN",)))
    assert not followed(shell("t", "true"))


@contextmanager
def launched(folder: Path, count: int) -> Iterator[tuple[WorkerLauncher, TaskStart, list[int]]]:
    """A launcher with so many workers that wait, a task for them, and their processes."""
    task = call("t", "clean", reads="x", returns="y")
    start = TaskStart(
        action=task.action,
        spec=replace(task_spec(task, "t"), target=f"{__name__}:clean"),
        attempt=1,
        parameters={"x": 1},
        environment={},
        project=Path.cwd(),
        options=task.options,
    )
    with kept(str(folder)) as keeper:
        keeper.start({**WORKER, "modules": [(str(Path.cwd()), (), __name__)]})
        launcher = WorkerLauncher({}, 2, keeper, SilentProgress())
        launcher.prepare(count)
        while not all(idle.pid for idle in launcher._idle.values()):
            assert launcher.wait(0.1) is None
        yield launcher, start, [idle.pid for idle in launcher._idle.values()]
        launcher.close()


def test_workers_are_there_before_their_tasks_and_one_that_has_died_meanwhile_costs_no_task(tmp_path: Path) -> None:
    with launched(tmp_path, 2) as (launcher, start, born):
        os.kill(born[1], 9)
        while len(launcher._idle) > 1:
            assert launcher.wait(0.1) is None
        ends = []
        for _ in range(2):
            launcher.start(start)
            while (end := launcher.wait(1.0)) is None:
                pass
            ends.append(end.outcome)
    assert [end.message for end in ends] == ["", ""]
    assert [end.outputs["y"] for end in ends] == [born[0]] * 2


def test_without_what_workers_are_born_of_none_that_waited_is_given_a_task(tmp_path: Path) -> None:
    with launched(tmp_path, 1) as (launcher, start, [worker]):
        nursery = _parent(worker)
        for process in (_parent(nursery), nursery):
            os.kill(process, 9)
        while launcher._idle:
            assert launcher.wait(0.1) is None
        launcher.start(start)
        end = launcher.wait(1.0)
    assert end is not None
    assert "does not allow another process" in end.outcome.message


def _parent(process: int) -> int:
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[1])
