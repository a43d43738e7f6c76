"""What a run used and where it comes from, in plain words with units."""

from __future__ import annotations

import pytest

from runnable.cli.record_text import run_text, step_text
from runnable.cli.usage_text import size
from runnable_runtime import __version__
from runnable_runtime.process.usage import ContainerUsage, Usage
from runnable_runtime.records.origin import Machine, Origin
from runnable_runtime.records.records import AttemptRecord, Kind, RunRecord, Status, StepRecord

START, END = "2026-01-31T12:00:00.000000+00:00", "2026-01-31T12:00:01.500000+00:00"
IMAGE = Machine(image="python:3.11", digest="sha256:0123456789abcdef0123")
POD = Machine(pod="jobs/p-1", node="n1")


def recorded(used: Usage | None = None, origin: Origin | None = None, **fields: object) -> RunRecord:
    attempt = AttemptRecord(number=1, started=START, ended=END, status=Status.SUCCEEDED, used=used, **fields)
    step = StepRecord(path="train", kind=Kind.PYTHON, status=Status.SUCCEEDED, started=START, attempts=(attempt,))
    return RunRecord(run_id="r", pipeline="p", started=START, ended=END, steps={"train": step}, origin=origin)


def of_step(used: Usage | None = None, **fields: object) -> list[str]:
    record = recorded(used, **fields)
    return [line.strip() for line in step_text(record, record.steps["train"]).splitlines()[4:]]


SIZES = {
    0: "0 bytes",
    999: "999 bytes",
    1000: "1.00 kB",
    999_999: "1.00 MB",
    31_379_456: "31.4 MB",
    231_002_112: "231 MB",
    4 * 10**9: "4.00 GB",
    5 * 10**15: "5000 TB",
}


@pytest.mark.parametrize(("number", "text"), SIZES.items())
def test_a_size_has_three_digits_and_its_unit(number: int, text: str) -> None:
    assert size(number) == text


def test_a_step_says_what_each_attempt_used() -> None:
    assert of_step(Usage(memory=231_002_112, memory_before=31_379_456, cpu=0.2)) == [
        "memory: at most 231 MB, 200 MB more than when it began",
        "processor: 0.20 s",
    ]
    assert of_step(Usage(memory=31_400_000, memory_before=31_379_456)) == [
        "memory: at most 31.4 MB, no more than when it began"
    ]
    assert of_step(Usage(memory=10**8, memory_before=0)) == ["memory: at most 100 MB, in a process that it started"]
    assert of_step(Usage(memory=10**8)) == ["memory: at most 100 MB"]


def test_a_step_says_what_its_container_used_where_it_ran_and_how_long_it_waited() -> None:
    container = ContainerUsage(memory=250 * 10**6, memory_limit=512 * 10**6, cpu=1.5, throttled=0.25)
    assert of_step(Usage(container=container), machine=IMAGE, waited=12.3) == [
        "waited 12.3 s for a worker or a lock",
        "container: at most 250 MB of 512 MB of memory, 1.50 s of processor time, 0.25 s held back by its limit",
        "image: python:3.11 (sha256:0123456789ab)",
    ]
    assert of_step(machine=POD, waited=0.001) == ["ran on pod jobs/p-1, node n1"]
    assert of_step() == [], "as a record of an earlier version"


def test_a_run_says_who_began_it_how_and_what_it_used_at_most() -> None:
    origin = Origin(user="ada", host="h\x1b[2J", command="runnable run p.py", version="1.2.3", commit="ab" * 20)
    shown = run_text(recorded(Usage(memory=10**8, cpu=2.0), origin), "succeeded").splitlines()
    assert shown[2:6] == [
        "started by ada on h\\x1b[2J: runnable run p.py",
        "with runnable 1.2.3",
        "commit abababababab",
        "memory: at most 100 MB, in train; processor: 2.00 s in all",
    ]
    dirty = Origin(commit="ab" * 20, dirty=True)
    assert run_text(recorded(origin=dirty), "succeeded").splitlines()[2:4] == ["commit abababababab, with changes", ""]
    assert run_text(recorded(origin=Origin(version=__version__)), "on argo").splitlines()[2] == ""
    assert run_text(recorded(), "succeeded").splitlines()[2:4] == ["", "succeeded    train  1.50 s"]
