"""What a task of 200 MB took is in its record, however it ran on this machine; and how long it waited."""

from __future__ import annotations

import os
import signal
import time

import pytest

from runnable_runtime.process.meter import Meter
from runnable_runtime.records.records import AttemptRecord, RunRecord
from tests.support.local_runs import call, execute, of_graph, parallel, program, shell, stub

SIZE = 200_000_000


def large() -> int:
    return len(b"x" * SIZE)


def small() -> None:
    pass


def killed() -> None:
    kept = b"x" * (SIZE // 4)
    os.kill(os.getpid(), signal.SIGKILL * bool(kept))


FUNCTIONS = {"large": large, "small": small, "killed": killed}


def last(record: RunRecord, path: str) -> AttemptRecord:
    return record.steps[path].attempts[-1]


def taken(record: RunRecord, path: str) -> int:
    """What the task added to the memory of its process."""
    used = last(record, path).used
    assert used is not None
    assert used.memory is not None
    assert used.memory_before is not None
    assert used.cpu is not None
    return used.memory - used.memory_before


def test_in_the_process_of_the_run_each_task_has_its_own(tmp_path) -> None:
    own = Meter().read()  # of the process of the tests, which may be larger than what it starts
    assert own is not None
    size = max(SIZE, (own.memory or 0) + SIZE // 2)
    command = f"python3 -S -c \"x = b'x' * {size}\""
    tasks = call("large"), call("small"), shell("shell", command), stub("nothing"), shell("true", "true")
    record = execute(program(*tasks), FUNCTIONS, tmp_path)
    assert taken(record, "large") == pytest.approx(SIZE, rel=0.1)
    assert taken(record, "small") < 0.05 * SIZE
    assert taken(record, "true") < 0.05 * SIZE
    assert last(record, "nothing").used is None
    used = last(record, "shell").used
    assert used is not None
    assert used.memory == pytest.approx(size, rel=0.1)


def test_in_workers_each_task_has_its_own_also_in_one_that_is_used_again(tmp_path) -> None:
    both = parallel("both", one=(call("large"), call("small")), two=(call("small"),))
    record = execute(program(both), FUNCTIONS, tmp_path, concurrent=True, max_workers=1)
    assert taken(record, "both.one.large") == pytest.approx(SIZE, rel=0.1)
    assert taken(record, "both.one.small") < 0.05 * SIZE
    assert taken(record, "both.two.small") < 0.05 * SIZE


def test_of_a_worker_that_was_killed_the_system_has_counted_it(tmp_path) -> None:
    record = execute(program(call("killed", timeout=60)), FUNCTIONS, tmp_path)
    used = last(record, "killed").used
    assert used is not None
    assert used.memory is not None
    assert used.memory >= SIZE // 4
    assert used.cpu is not None
    assert used.cpu > 0


def test_what_waits_for_a_worker_or_a_lock_says_for_how_long(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def work() -> None:
        time.sleep(0.15)

    branches = {name: (call("work", mutex="one"),) for name in "abc"}
    record = execute(
        of_graph(parallel("all", **branches)), {"work": work}, tmp_path / "log", concurrent=True, max_workers=3
    )
    waited = sorted(last(record, f"{name}.work").waited or 0.0 for name in "abc")
    assert waited[0] < 0.15 <= waited[1] < waited[2]
