"""`runnable runs`, `show` and `logs`: what a person sees of the runs that are recorded."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from runnable.cli import main
from tests.support.local_runs import call, execute, parallel, program, stub

Shown = Callable[..., str]


@pytest.fixture
def shown(tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Shown:
    """Runs a command on the records in `tmp_path`; its standard output. It ends with `code`."""
    monkeypatch.setenv("COLUMNS", "200")

    def run(*arguments: str, code: int = 0) -> str:
        capfd.readouterr()
        assert main([*arguments, "-c", str(tmp_path / "config.yaml")]) == code
        return capfd.readouterr().out

    configure(tmp_path, "file-system")
    return run


def configure(folder: Path, kind: str) -> None:
    (folder / "config.yaml").write_text(f"run-log-store: {{type: {kind}, log_folder: {folder}}}\n")


def fail_once(attempts: list[int] = []) -> None:  # noqa: B006 - it is what remembers
    attempts.append(1)
    print(f"attempt {len(attempts)}")
    if len(attempts) < 2:
        raise ValueError("not yet")


@pytest.mark.parametrize("kind", ["file-system", "chunked-fs"])
def test_runs_are_listed_newest_first(tmp_path: Path, shown: Shown, kind: str) -> None:
    configure(tmp_path, kind)
    assert shown("runs") == f"no runs in {tmp_path}\n"
    pipeline = program(parallel("p", a=(stub("s"),), b=(call("t"),)))
    execute(pipeline, {"t": lambda: 1}, tmp_path, run_id="older", tag="nightly", concurrent=kind == "chunked-fs")
    execute(pipeline, {"t": lambda: 1 / 0}, tmp_path, run_id="newer", concurrent=kind == "chunked-fs")
    (tmp_path / "no-run").mkdir()

    head, first, second = shown("runs").splitlines()
    assert head.split() == ["RUN", "STATUS", "PIPELINE", "STARTED", "DURATION", "TAG"]
    assert first.split()[:3] == ["newer", "failed", "pipeline"]
    assert second.split()[:3] == ["older", "succeeded", "pipeline"]
    assert second.split()[-1] == "nightly"
    document = json.loads(shown("runs", "--format", "json"))
    assert [(run["run_id"], run["status"], run["tag"]) for run in document] == [
        ("newer", "failed", ""),
        ("older", "succeeded", "nightly"),
    ]
    assert document[0]["message"] == "'p' failed"
    assert document[0]["seconds"] > 0
    assert len(shown("runs", "--limit", "1").splitlines()) == 2


def test_a_record_that_cannot_be_read_is_listed_as_such(tmp_path: Path, shown: Shown) -> None:
    execute(program(stub("s")), {}, tmp_path, run_id="good")
    (tmp_path / "bad").mkdir()
    (tmp_path / "bad" / "run.jsonl").write_text("[" * 100_000 + "\n")
    assert [line.split()[:2] for line in shown("runs").splitlines()[1:]] == [
        ["good", "succeeded"],
        ["bad", "unreadable"],
    ]


def test_a_run_is_shown_as_a_tree_in_the_order_of_the_pipeline(tmp_path: Path, shown: Shown) -> None:
    pipeline = program(
        parallel("p", a=(call("one", returns="x"), stub("s")), b=(call("fails"), stub("never"))), stub("end"), seed=3
    )
    execute(pipeline, {"one": lambda: {"y": [1, 2]}, "fails": lambda: 1 / 0}, tmp_path, run_id="r", tag="t")
    lines = shown("show", "latest").splitlines()
    assert lines[0] == "run r: pipeline, tag t"
    assert lines[1].startswith("failed, started ")
    assert lines[2] == "'p' failed"
    assert lines[3].startswith("started by ")
    top = lines.index("")
    assert "parameters: seed = 3" in lines[4:top]
    assert lines[top - 1].startswith("memory: at most ")
    tree = [line for line in lines[top:] if not line.startswith(" ") and line]
    assert [line.split()[:2] for line in tree[:-1]] == [
        ["failed", "p"],
        ["succeeded", "a"],
        ["succeeded", "one"],
        ["succeeded", "s"],
        ["failed", "b"],
        ["failed", "fails"],
        ["skipped", "never"],
        ["skipped", "end"],
    ]
    assert any(line.strip() == 'returned x = {"y": [1, 2]}' for line in lines)
    assert any("ZeroDivisionError" in line for line in lines)
    document = json.loads(shown("show", "r", "--format", "json"))
    assert [step["path"] for step in document["steps"]][:3] == ["p", "p.a", "p.a.one"]


def test_a_step_is_shown_with_all_its_attempts_and_a_log_is_of_the_last_one(tmp_path: Path, shown: Shown) -> None:
    execute(program(parallel("p", a=(call("flaky", retry=1),))), {"flaky": fail_once}, tmp_path, run_id="a-run")
    text = shown("show", "a-run", "flaky")
    assert text.startswith("p.a.flaky (python) of the run a-run\nsucceeded, started ")
    assert "attempt 1: failed" in text
    assert "ValueError: not yet" in text
    assert "attempt 2: succeeded" in text
    assert [a["number"] for a in json.loads(shown("show", "a-r", "a.flaky", "--format", "json"))["attempts"]] == [1, 2]
    assert shown("logs", "a-r", "flaky") == "attempt 2\n"
    failed = shown("logs", "a-r", "p.a.flaky", "--attempt", "1")
    assert failed.startswith("attempt 1\nTraceback (most recent call last):\n")
    assert failed.endswith("ValueError: not yet\n")


def test_a_step_that_printed_nothing_has_no_log_and_that_is_said(
    tmp_path: Path, capfd: pytest.CaptureFixture[str], shown: Shown
) -> None:
    execute(program(call("quiet")), {"quiet": lambda: None}, tmp_path, run_id="r")
    capfd.readouterr()
    assert main(["logs", "r", "quiet", "-c", str(tmp_path / "config.yaml")]) == 0
    assert capfd.readouterr() == ("", "quiet, attempt 1, succeeded: it printed nothing\n")


def test_what_another_has_written_into_a_record_steers_no_terminal_and_leads_to_no_other_file(
    tmp_path: Path, shown: Shown
) -> None:
    execute(program(call("t")), {"t": lambda: print("x")}, tmp_path, run_id="r")
    (tmp_path / "secret").write_text("secret")
    journal = tmp_path / "r" / "run.jsonl"
    text = (
        re.sub(r',"crc":"[0-9a-f]{8}"', "", journal.read_text())
        .replace("logs/t.1.log", "../secret")
        .replace('"pipeline":"pipeline"', r'"pipeline":"\u001b[2J"')
    )
    journal.write_text(text)
    assert "\x1b" not in shown("show", "r") + shown("runs")
    assert shown("logs", "r", "t", code=8) == ""


def test_a_run_whose_process_was_killed_is_not_shown_as_running(tmp_path: Path, shown: Shown) -> None:
    (tmp_path / "pipe.py").write_text(
        "from runnable import Pipeline, ShellTask\n"
        "Pipeline(steps=[ShellTask(name='waits', command='touch started; sleep 60')]).execute(run_id='r')\n"
    )
    environment = {**os.environ, "RUNNABLE_CONFIGURATION_FILE": str(tmp_path / "config.yaml")}
    process = subprocess.Popen(
        [sys.executable, "pipe.py"], cwd=tmp_path, env=environment, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        while not (tmp_path / "started").exists():
            assert process.poll() is None
            time.sleep(0.05)
        assert shown("runs").splitlines()[1].split()[:2] == ["r", "running"]
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    assert shown("runs").splitlines()[1].split()[:2] == ["r", "killed"]
    assert shown("show", "r").splitlines()[1].startswith("killed, started ")
