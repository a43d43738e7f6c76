"""Requests and limits by what was used: never below a peak, and what was wrong with the present ones."""

from __future__ import annotations

import json

import pytest

from runnable.cli import main
from runnable.sizing.peaks import peaks
from runnable.sizing.suggest import Suggestion, percentile, suggestion
from runnable_runtime.process.usage import ContainerUsage, Usage
from runnable_runtime.records.records import AttemptRecord, Kind, RunRecord, Status, StepRecord
from tests.support.local_runs import call, execute, program

MB = 1_000_000
START, END = "2026-01-31T12:00:00.000000+00:00", "2026-01-31T12:00:10.000000+00:00"


def attempt(memory: int, cpu: float = 0.0, *, limit: int = 0, message: str = "", number: int = 1) -> AttemptRecord:
    """An attempt of ten seconds; in a container, if it had a limit."""
    container = ContainerUsage(memory=memory * MB, memory_limit=limit * MB, cpu=cpu) if limit else None
    used = Usage(memory=memory * MB, cpu=cpu, container=container)
    status = Status.FAILED if message else Status.SUCCEEDED
    return AttemptRecord(number=number, started=START, ended=END, status=status, message=message, used=used)


def record(**steps: tuple[AttemptRecord, ...]) -> RunRecord:
    found = {
        path: StepRecord(path=path, kind=Kind.PYTHON, attempts=attempts)
        for name, attempts in steps.items()
        for path in [name.replace("__", ".")]
    }
    return RunRecord(run_id="r", pipeline="p", started=START, steps=found)


def suggested(*attempts: AttemptRecord) -> Suggestion:
    return suggestion("a", peaks([record(a=attempts)])["a"])


@pytest.mark.parametrize("peak", [50, 51, 99, 200, 512, 777, 1024, 2000, 2048])
def test_memory_is_within_15_per_cent_of_the_peak_and_never_below(peak: int) -> None:
    found = suggested(attempt(peak // 2), attempt(peak))
    assert found.memory is not None
    assert peak * MB <= found.memory * 1024 * 1024 <= 1.15 * peak * MB
    assert found.resources["limits"] == {"memory": f"{found.memory}Mi"}
    assert found.resources["requests"]["memory"] == f"{found.memory}Mi"


def test_processors_are_asked_for_as_nearly_all_attempts_used_them_and_not_limited() -> None:
    found = suggested(*(attempt(50, cpu=5.0) for _ in range(19)), attempt(50, cpu=40.0))
    assert (found.processors, found.cpu) == (0.5, 600)
    assert "cpu" not in found.resources["limits"]
    assert suggested(attempt(50, cpu=0.001)).resources["requests"]["cpu"] == "10m"


@pytest.mark.parametrize(("values", "share", "is_it"), [([1], 95, 1), ([3, 1, 2], 50, 2), ([3, 1, 2], 95, 3)])
def test_a_percentile_is_one_of_the_values(values: list[float], share: int, is_it: float) -> None:
    assert percentile(values, share) == is_it


def test_what_was_wasted_and_what_was_close_to_its_limit_is_said() -> None:
    assert suggested(attempt(100, limit=1000)).notes == ("wasted: 90 % of its limit were never used",)
    assert suggested(attempt(95, limit=100)).notes == ("close to its limit: 95 % used",)
    assert suggested(attempt(70, limit=100)).notes == ()
    assert suggested(attempt(70)).notes == ("of its largest process",)


def test_what_was_killed_gets_more_than_it_had() -> None:
    killed = attempt(99, limit=100, message="the task's process was killed (SIGKILL; is the memory exhausted?)")
    found = suggested(killed)
    assert found.memory is not None
    assert found.memory * 1024 * 1024 >= 150 * MB
    assert found.notes == ("an attempt was killed: what it needs is not known",)


def test_items_and_iterations_are_one_step_also_where_pods_recorded_no_composites() -> None:
    found = peaks([record(m__0__a=(attempt(1),), m__11__a=(attempt(3),), b=(attempt(2),)), record(b=(attempt(4),))])
    assert {path: one.memory for path, one in found.items()} == {"m.*.a": [MB, 3 * MB], "b": [2 * MB, 4 * MB]}


def test_an_attempt_of_which_nothing_is_known_counts_for_nothing() -> None:
    nothing = AttemptRecord(number=1, started=START, ended=END, status=Status.SUCCEEDED)
    assert peaks([record(a=(nothing,))]) == {}
    short = AttemptRecord(number=1, started=START, ended=START, used=Usage(cpu=0.1))
    assert suggestion("a", peaks([record(a=(short,))])["a"]).resources == {}


def test_the_command_takes_the_last_runs_of_a_pipeline(tmp_path, capsys, monkeypatch) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "c.yaml").write_text("run-log-store: {type: file-system, log_folder: log}\n")
    for run_id in ("one", "two"):
        execute(program(call("a")), {"a": lambda: None}, tmp_path / "log", run_id=run_id)
    assert main(["resources", "one", "-c", "c.yaml"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("pipeline: 2 runs, the newest one two\nmemory: the largest peak and 10 % more; cpu: ")
    assert 'a: resources={"requests": {' in text
    assert "of its largest process" in text
    assert main(["resources", "pipeline", "--last", "1", "-c", "c.yaml", "--format", "json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["runs"] == ["two"]
    assert [step["step"] for step in found["steps"]] == ["a"]
    assert main(["resources", "nothing", "-c", "c.yaml"]) == 8
