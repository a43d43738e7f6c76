"""Many processes write one run at the same time, one of them is killed now and then, and nothing is lost.

For two seconds in the default tests, for RUNNABLE_WRITING seconds with `make test-crash`.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import time
from collections.abc import MutableSequence
from dataclasses import replace
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from runnable.runs.stores.chunked_fs import ChunkedStore
from runnable_runtime.records.records import AttemptRecord, Kind, RunRecord, Status, StepRecord
from runnable_runtime.records.times import now

WRITERS = 32
STEPS = 20


def test_parallel_writers_lose_nothing(tmp_path: Path) -> None:
    write_in_parallel(tmp_path, seconds=2.0)


@pytest.mark.crash
@pytest.mark.timeout(600)
def test_parallel_writers_lose_nothing_in_a_minute(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    writes, reads = write_in_parallel(tmp_path, seconds=float(os.environ.get("RUNNABLE_WRITING", "60")))
    with capsys.disabled():
        print(f"\n{WRITERS} writers: {writes:,} writes, read {reads:,} times meanwhile, nothing lost")


def write_in_parallel(folder: Path, seconds: float) -> tuple[int, int]:
    """The number of writes and of reads."""
    paths = [f"w{writer}.{step}" for writer in range(WRITERS) for step in range(STEPS)]
    steps = {path: StepRecord(path=path, kind=Kind.PYTHON, place=(n,)) for n, path in enumerate(paths)}
    store = ChunkedStore(folder)
    store.create(RunRecord(run_id="r", pipeline="p", started=now(), steps=steps))
    context = multiprocessing.get_context("fork")
    stop = context.Event()
    written = [context.Array("i", STEPS) for _ in range(WRITERS)]
    writers = [context.Process(target=_write, args=(folder, n, written[n], stop)) for n in range(WRITERS)]
    for writer in writers:
        writer.start()
    reads, end = 0, time.monotonic() + seconds
    victim = 0
    while time.monotonic() < end:
        assert list(store.read("r").steps) == paths, "a reader never sees half a record"
        reads += 1
        if reads % 5 == 0 and victim < WRITERS // 4:
            os.kill(writers[victim].pid or 0, signal.SIGKILL)
            victim += 1
    stop.set()
    for writer in writers:
        writer.join()
    record = store.read("r")
    for writer in range(WRITERS):
        for step in range(STEPS):
            found = record.steps[f"w{writer}.{step}"].outputs.get("n", 0)
            # a writer that was killed may have been between its write and telling of it
            allowed = {written[writer][step], written[writer][step] + (writer < victim)}
            assert found in allowed, f"step {step} of writer {writer}"
    return sum(sum(one) for one in written), reads


def _write(folder: Path, number: int, written: MutableSequence[int], stop: Event) -> None:
    writer = ChunkedStore(folder).open("r")
    attempt = AttemptRecord(number=1, started=now(), status=Status.SUCCEEDED)
    while not stop.is_set():
        for step in range(STEPS):
            n = written[step] + 1
            record = StepRecord(path=f"w{number}.{step}", kind=Kind.PYTHON, place=(number * STEPS + step,))
            outputs = {"n": n, "more": "x" * (n * 37 % 5000)}
            writer.write_step(replace(record, status=Status.SUCCEEDED, attempts=(replace(attempt, outputs=outputs),)))
            written[step] = n
