"""Concurrent runs, timeouts, and workers that die."""

from __future__ import annotations

import atexit
import os
import random
import signal
import subprocess
import sys
import threading
import time
from itertools import combinations, pairwise
from pathlib import Path

import pytest

from runnable.executors.local.run import run
from runnable.executors.settings import LocalSettings
from runnable_runtime.records.records import RunRecord
from runnable_runtime.records.times import seconds_between
from tests.support.local_runs import call, chain, execute, log_of, of_graph, open_store, parallel, program, shell, stub


def spin() -> None:
    end = time.process_time() + 0.5
    while time.process_time() < end:
        pass


def nap() -> None:
    time.sleep(0.3)


def overlap(record: RunRecord, *paths: str) -> bool:
    """Whether all of the steps were under way at one moment."""
    attempts = [record.steps[path].attempts[0] for path in paths]
    return max(a.started for a in attempts) < min(str(a.ended) for a in attempts)


def test_branches_of_pure_python_run_at_the_same_time(tmp_path: Path) -> None:
    pipeline = program(parallel("p", a=(call("spin"),), b=(call("spin"),)))
    record = execute(pipeline, {"spin": spin}, tmp_path, concurrent=True)
    assert overlap(record, "p.a.spin", "p.b.spin")


def test_branches_of_nested_composites_run_at_the_same_time(tmp_path: Path) -> None:
    inner = [parallel(name, a=(call("nap"),), b=(call("nap"),)) for name in ("left", "right")]
    pipeline = program(parallel("p", l=(inner[0],), r=(inner[1],)))
    record = execute(pipeline, {"nap": nap}, tmp_path, concurrent=True, max_workers=4)
    assert overlap(record, "p.l.left.a.nap", "p.l.left.b.nap", "p.r.right.a.nap", "p.r.right.b.nap")


def test_no_more_tasks_than_max_workers_run_at_the_same_time(tmp_path: Path) -> None:
    paths = [f"p.{name}.nap" for name in "abcd"]
    pipeline = program(parallel("p", **{name: (call("nap"),) for name in "abcd"}))
    record = execute(pipeline, {"nap": nap}, tmp_path, concurrent=True, max_workers=2)
    assert any(overlap(record, *pair) for pair in combinations(paths, 2))
    assert not any(overlap(record, *three) for three in combinations(paths, 3))


def test_steps_of_one_branch_follow_each_other(tmp_path: Path) -> None:
    steps = [call(f"s{i}", "nap") for i in range(3)]
    record = execute(program(parallel("p", a=tuple(steps), b=(stub("s"),))), {"nap": nap}, tmp_path, concurrent=True)
    assert not any(overlap(record, f"p.a.{x.name}", f"p.a.{y.name}") for x, y in pairwise(steps))


def test_without_enable_parallel_branches_run_one_after_another(tmp_path: Path) -> None:
    record = execute(program(parallel("p", a=(call("nap"),), b=(call("nap"),))), {"nap": nap}, tmp_path)
    assert not overlap(record, "p.a.nap", "p.b.nap")


def test_branches_run_at_the_same_time_whatever_the_store(tmp_path: Path) -> None:
    pipeline = program(parallel("p", a=(call("nap"),), b=(call("nap"),)))
    for kind in ("file-system", "buffered"):
        settings = LocalSettings(enable_parallel=True)
        record = run(pipeline, {"functions:nap": nap}, settings, open_store(tmp_path, kind))
        assert overlap(record, "p.a.nap", "p.b.nap")


def test_a_task_out_of_time_is_stopped_with_all_its_processes_and_has_failed(tmp_path: Path) -> None:
    def start_another() -> None:
        child = subprocess.Popen(["sleep", "600"])
        (tmp_path / "pid").write_text(str(child.pid))
        time.sleep(600)

    record = execute(program(call("slow", timeout=1), stub("after")), {"slow": start_another}, tmp_path / "log")
    attempt = record.steps["slow"].attempts[0]
    assert (attempt.status, attempt.message) == ("failed", "timed out after 1 s")
    assert record.steps["after"].status == "skipped"
    assert ended(int((tmp_path / "pid").read_text()))


def test_a_shell_out_of_time_is_stopped_with_what_it_started(tmp_path: Path) -> None:
    command = f"trap '' TERM; sleep 600 & echo $! > {tmp_path}/pid; wait; sleep 600"
    record = execute(program(shell("slow", command, timeout=1)), {}, tmp_path / "log")
    assert record.steps["slow"].message == "timed out after 1 s"
    assert ended(int((tmp_path / "pid").read_text()))


def test_a_task_out_of_time_may_clean_up_first(tmp_path: Path) -> None:
    def careful() -> None:
        try:
            time.sleep(600)
        finally:
            print("cleaned up")

    record = execute(program(call("slow", "careful", timeout=1)), {"careful": careful}, tmp_path)
    assert record.steps["slow"].message == "timed out after 1 s"
    assert log_of(record, "slow") == "cleaned up\n"


def test_a_task_that_swallows_the_request_to_end_has_still_failed(tmp_path: Path) -> None:
    def stubborn() -> int:
        try:
            time.sleep(600)
        except BaseException:
            print("never mind")
        return 1

    record = execute(program(call("slow", "stubborn", returns="x", timeout=1)), {"stubborn": stubborn}, tmp_path)
    assert record.steps["slow"].status == "failed"
    assert record.steps["slow"].outputs == {}


def test_a_timeout_counts_for_each_attempt(tmp_path: Path) -> None:
    record = execute(program(call("slow", timeout=1, retry=1)), {"slow": lambda: time.sleep(600)}, tmp_path)
    attempts = record.steps["slow"].attempts
    assert [a.message for a in attempts] == ["timed out after 1 s"] * 2
    assert all(seconds_between(a.started, a.ended) >= 1 for a in attempts)


def test_a_task_within_its_time_succeeds_in_its_worker(tmp_path: Path) -> None:
    record = execute(program(call("t", returns="pid", timeout=60)), {"t": os.getpid}, tmp_path)
    assert record.status == "succeeded"
    assert record.steps["t"].outputs != {"pid": os.getpid()}


@pytest.mark.parametrize(
    ("end", "message"),
    [
        (lambda: os._exit(3), "the task's process exited with 3 before the task had ended"),
        (lambda: os.kill(os.getpid(), signal.SIGKILL), "was killed (SIGKILL; is the memory exhausted?)"),
        (lambda: os.kill(os.getpid(), signal.SIGSEGV), "was ended by SIGSEGV"),
        (lambda: os.kill(os.getpid(), signal.SIGTERM) or time.sleep(9), "was ended by SIGTERM"),
    ],
    ids=["_exit", "killed", "segfault", "terminated"],
)
def test_a_worker_that_dies_is_a_failed_step(tmp_path: Path, end: object, message: str) -> None:
    assert callable(end)
    pipeline = program(parallel("p", a=(call("die"),), b=(stub("s"),)))
    record = execute(pipeline, {"die": end}, tmp_path, concurrent=True)
    assert record.steps["p.a.die"].status == "failed"
    assert message in record.steps["p.a.die"].message
    assert record.steps["p.b"].status == "succeeded"


def test_a_process_that_outlives_its_task_does_not_hold_the_run_up(tmp_path: Path) -> None:
    def leave_behind() -> None:
        child = subprocess.Popen(["sleep", "600"])
        (tmp_path / "pid").write_text(str(child.pid))

    pipeline = program(parallel("p", a=(call("t"),), b=(stub("s"),)))
    record = execute(pipeline, {"t": leave_behind}, tmp_path / "log", concurrent=True)
    assert record.status == "succeeded"
    assert seconds_between(record.started, record.ended) < 300
    assert ended(int((tmp_path / "pid").read_text())), "nor does it outlive the run"


def test_what_a_worker_changes_in_memory_stays_in_it(tmp_path: Path) -> None:
    shared: list[int] = []

    def grow() -> int:
        shared.append(1)
        return len(shared)

    pipeline = program(parallel("p", a=(call("t", "grow", returns="x"),), b=(call("t", "grow", returns="y"),)))
    record = execute(pipeline, {"grow": grow}, tmp_path, concurrent=True)
    assert (record.steps["p.a.t"].outputs, record.steps["p.b.t"].outputs) == ({"x": 1}, {"y": 1})
    assert shared == []


def test_workers_have_random_numbers_of_their_own(tmp_path: Path) -> None:
    random.seed(1)
    pipeline = program(parallel("p", a=(call("t", returns="x"),), b=(call("t", returns="y"),)))
    record = execute(pipeline, {"t": lambda: random.random()}, tmp_path, concurrent=True)
    assert record.steps["p.a.t"].outputs["x"] != record.steps["p.b.t"].outputs["y"]


def test_a_worker_has_nothing_to_read(tmp_path: Path) -> None:
    pipeline = program(parallel("p", a=(call("t", returns="x"),), b=(stub("s"),)))
    record = execute(pipeline, {"t": lambda: sys.stdin.read()}, tmp_path, concurrent=True)
    assert record.steps["p.a.t"].outputs == {"x": ""}


def test_a_worker_may_return_and_print_more_than_a_pipe_holds(tmp_path: Path) -> None:
    def much() -> str:
        print("y" * 3_000_000)
        return "x" * 3_000_000

    pipeline = program(parallel("p", a=(call("t", "much", returns="x"),), b=(stub("s"),)))
    record = execute(pipeline, {"much": much}, tmp_path, concurrent=True)
    assert len(record.steps["p.a.t"].outputs["x"]) == 3_000_000
    assert len(log_of(record, "p.a.t")) == 3_000_001


def test_no_worker_is_left_as_a_zombie_and_no_descriptor_open(tmp_path: Path) -> None:
    pipeline = of_graph(chain("pipeline", parallel("p", **{f"b{i}": (call("t"),) for i in range(8)})))
    execute(pipeline, {"t": lambda: None}, tmp_path, concurrent=True)
    before = left()
    execute(pipeline, {"t": lambda: None}, tmp_path, concurrent=True)
    assert left() == before


def left() -> tuple[int, list[str]]:
    """How many descriptors this process has open, and its children, dead ones too. Only Linux tells."""
    own = Path("/proc/self")
    children = [pid for task in own.glob("task/*/children") for pid in task.read_text().split()]
    return len(list(own.glob("fd/*"))), sorted(children)


def ended(pid: int) -> bool:
    """Whether a process ends within some seconds."""
    for _ in range(200):
        try:
            os.kill(pid, 0)
            stat = Path(f"/proc/{pid}/stat")
            if stat.exists() and stat.read_text().rpartition(")")[2].split()[0] == "Z":
                return True
        except ProcessLookupError:
            return True
        time.sleep(0.05)
    return False


def test_what_a_task_does_at_its_processs_end_is_part_of_it(tmp_path: Path) -> None:
    def late() -> None:
        def thread() -> None:
            time.sleep(0.3)
            (tmp_path / "thread").write_text("done")

        threading.Thread(target=thread).start()
        atexit.register((tmp_path / "atexit").write_text, "done")
        globals()["unflushed"] = (tmp_path / "table.csv").open("w")
        globals()["unflushed"].write("a,b\n")

    def check() -> list[str]:
        return [(tmp_path / name).read_text() for name in ("thread", "atexit", "table.csv")]

    functions = {"late": late, "check": check}
    record = execute(program(call("late", timeout=60), call("check", returns="x")), functions, tmp_path / "log")
    assert record.steps["check"].outputs["x"] == ["done", "done", "a,b\n"]


def test_threads_of_the_run_are_not_forked_into_its_workers(tmp_path: Path) -> None:
    lock, over = threading.Lock(), threading.Event()

    def hold() -> None:
        with lock:
            over.wait(60)

    holder = threading.Thread(target=hold)
    holder.start()
    try:
        record = execute(program(call("t", timeout=30, returns="n")), {"t": lambda: threading.active_count()}, tmp_path)
        assert record.steps["t"].outputs == {"n": 1}
    finally:
        over.set()
        holder.join()
