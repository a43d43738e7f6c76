"""Items of a Map that are quick are handed to a worker while it runs another: nothing of a record differs for that.

What a task does is noted in a file by the task itself; the record and the logs are compared with that.
"""

from __future__ import annotations

import ctypes
import os
import signal
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runnable.diagnostics.errors import RunInterrupted
from runnable.executors.local import pace
from runnable.executors.local.queues import Queues
from runnable.executors.local.run import run as run_locally
from runnable.executors.settings import LocalSettings
from runnable.ir.nodes import FanOut, PythonCall
from runnable_runtime.records.records import RunRecord
from tests.support.local_runs import call, chain, log_of, open_store, program

ITEMS = 200
WORKERS = 4
DONE = Path("done")


def note(x: int) -> None:
    """Note that the item has begun, in one write. The first ones wait for each other: all workers are there then."""
    with DONE.open("a") as file:
        file.write(f"{x}\n")
    while x < WORKERS and len(DONE.read_text().splitlines()) < WORKERS:
        time.sleep(0.001)


def quick(x: int) -> int:
    note(x)
    return x * 2


def prints(x: int) -> int:
    note(x)
    if x % 25 == 20:
        print(f"printed by {x}")
        ctypes.CDLL(None).puts(f"from C, by {x}".encode())
    return x * 2


def floods(x: int) -> int:
    note(x)
    if x == 60:
        print("x" * 300_000)
    return x * 2


def slow(x: int) -> int:
    note(x)
    if x == 50:
        time.sleep(1)
    return x * 2


def fails(x: int) -> int:
    note(x)
    if x == 60:
        raise ValueError("the sixtieth")
    return x * 2


def dies(x: int) -> int:
    note(x)
    if x == 60:
        os.kill(os.getpid(), signal.SIGKILL)
    return x * 2


def leaves(x: int) -> int:
    note(x)
    if x % 20 == 19:
        os.environ["PYTHONHASHSEED"] = "1"
        leavings.append(x)
    return x * 2


def ends_the_run(x: int) -> int:
    note(x)
    if x == 60:
        os.kill(int(os.environ["RUN_PROCESS"]), signal.SIGTERM)
        time.sleep(0.02)
    return x * 2


leavings: list[int] = []


@pytest.fixture
def ahead(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The test's own folder, and what was handed ahead."""
    handed: list[int] = []
    hand = Queues.hand

    def counted(self: Queues, workers: Any, task: Any) -> bool:
        handed.append(task.parameters["x"])
        return hand(self, workers, task)

    monkeypatch.setattr(Queues, "hand", counted)
    monkeypatch.setattr(pace, "QUICK", 0.05)  # on a busy system, too, items are quick enough
    monkeypatch.setattr(pace, "MOMENT", 0.4)
    monkeypatch.chdir(tmp_path)
    return handed


def run(folder: Path, function: Callable[[int], Any], kind: str = "file-system", **options: Any) -> RunRecord:
    """A Map of `function` over numbers, in four workers."""
    task = replace(call("w", reads="x", returns="y"), action=PythonCall(__name__, function.__name__))
    each = FanOut("m", chain("m", task), "xs", "x", **options)
    pipeline, store = program(each, xs=list(range(ITEMS))), open_store(folder, kind)
    settings = LocalSettings(enable_parallel=True, max_workers=WORKERS)
    record = run_locally(pipeline, {}, settings, store)
    assert store.read(record.run_id) == record, "what is stored is what is returned"
    return record


def items(record: RunRecord) -> dict[int, Any]:
    return {int(path.split(".")[1]): step for path, step in record.steps.items() if path.endswith(".w")}


def done() -> list[int]:
    return sorted(int(line) for line in DONE.read_text().splitlines())


def test_each_item_runs_once_and_its_times_are_its_own(tmp_path: Path, ahead: list[int]) -> None:
    record = run(tmp_path, quick)
    assert ahead
    assert done() == list(range(ITEMS))
    assert [step.outputs["y"] for step in items(record).values()] == [x * 2 for x in range(ITEMS)]
    for step in items(record).values():
        [attempt] = step.attempts
        assert step.started == attempt.started <= attempt.ended
        assert attempt.waited >= 0
    by_start = sorted((step.attempts[0].started, step.attempts[0].ended) for step in items(record).values())
    under_way = [sum(start < began < end for start, end in by_start) for began, _ in by_start]
    assert max(under_way) <= WORKERS


def test_what_items_print_is_in_their_own_logs(tmp_path: Path, ahead: list[int]) -> None:
    record = run(tmp_path, prints)
    assert ahead
    for number, step in items(record).items():
        path = f"m.{number}.w"
        if number % 25 == 20:
            assert log_of(record, path) == f"printed by {number}\nfrom C, by {number}\n"
        else:
            assert step.attempts[0].log is None


def test_an_item_that_prints_more_than_a_pipe_holds_does_not_wait_for_ever(tmp_path: Path, ahead: list[int]) -> None:
    record = run(tmp_path, floods)
    assert record.status == "succeeded"
    assert ahead
    assert log_of(record, "m.60.w") == "x" * 300_000 + "\n"


def test_items_behind_a_slow_one_run_elsewhere(tmp_path: Path, ahead: list[int]) -> None:
    record = run(tmp_path, slow)
    found = items(record)
    assert ahead
    assert done() == list(range(ITEMS))
    assert max(step.ended for step in found.values()) == found[50].ended
    assert [step.status for step in found.values()] == ["succeeded"] * ITEMS


@pytest.mark.parametrize("kind", ["file-system", "chunked-fs"])
def test_after_a_failure_none_begins_and_what_has_not_is_recorded_so(
    tmp_path: Path, ahead: list[int], kind: str
) -> None:
    record = run(tmp_path, fails, kind, fail_fast=True)
    found = items(record)
    assert ahead
    assert found[60].status == "failed"
    assert done() == sorted(number for number, step in found.items() if step.attempts)
    assert {step.status for step in found.values() if not step.attempts} == {"skipped"}
    assert {record.steps[f"m.{number}"].status for number, step in found.items() if not step.attempts} == {"skipped"}


def test_a_worker_that_dies_takes_no_item_with_it_but_its_own(tmp_path: Path, ahead: list[int]) -> None:
    found = items(run(tmp_path, dies))
    assert ahead
    assert [number for number, step in found.items() if step.status != "succeeded"] == [60]
    assert "SIGKILL" in found[60].message
    assert done() == list(range(ITEMS))


def test_a_worker_that_takes_no_further_task_gives_back_what_waits_in_it(tmp_path: Path, ahead: list[int]) -> None:
    record = run(tmp_path, leaves)
    assert ahead
    assert record.status == "succeeded"
    assert done() == list(range(ITEMS))


def test_of_a_run_that_is_ended_what_has_begun_is_recorded_so_and_nothing_else(
    tmp_path: Path, ahead: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RUN_PROCESS", str(os.getpid()))
    with pytest.raises(RunInterrupted) as ended:
        run(tmp_path, ends_the_run)
    record = open_store(tmp_path).read(ended.value.run_id)
    assert ahead
    attempted = {number for number, step in items(record).items() if step.attempts}
    assert set(done()) <= attempted
    assert len(attempted - set(done())) <= WORKERS  # which workers had just begun
