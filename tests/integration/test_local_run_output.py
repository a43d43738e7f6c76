"""What tasks print: shown as it comes, and kept in the step's log."""

from __future__ import annotations

import logging
import os
import sys
from pathlib import Path

import pytest

from tests.support.local_runs import call, execute, log_of, parallel, program, shell, stub

both = pytest.mark.parametrize("concurrent", [False, True], ids=["sequential", "concurrent"])


def one_task(name: str, **options: object) -> object:
    return program(parallel("p", a=(call(name, **options),), b=(stub("s"),)))


@both
def test_prints_are_shown_and_kept(tmp_path: Path, concurrent: bool, capsys: pytest.CaptureFixture[str]) -> None:
    def talk() -> None:
        print("to stdout: ünïcode")
        print("to stderr", file=sys.stderr)

    record = execute(one_task("talk"), {"talk": talk}, tmp_path, concurrent=concurrent)
    shown = capsys.readouterr()
    prefix = "[p.a.talk] " if concurrent else ""
    assert shown.out == f"{prefix}to stdout: ünïcode\n"
    assert f"{prefix}to stderr\n" in shown.err
    assert sorted(log_of(record, "p.a.talk").splitlines()) == ["to stderr", "to stdout: ünïcode"]


@both
def test_logging_that_was_set_up_before_the_run_is_kept(tmp_path: Path, concurrent: bool) -> None:
    logger = logging.getLogger("before-the-run")
    handler = logging.StreamHandler(sys.stderr)
    logger.addHandler(handler)
    try:
        for _ in range(2):  # the second run finds the first one's stream in the handler
            functions = {"log": lambda: logger.warning("logged")}
            record = execute(one_task("log"), functions, tmp_path, concurrent=concurrent)
            assert log_of(record, "p.a.log") == "logged\n"
    finally:
        logger.removeHandler(handler)


@both
def test_bytes_are_kept_as_they_are(tmp_path: Path, concurrent: bool) -> None:
    def talk() -> None:
        sys.stdout.buffer.write(b"\xff\x00raw\n")
        sys.stdout.buffer.flush()

    record = execute(one_task("talk"), {"talk": talk}, tmp_path, concurrent=concurrent)
    assert Path(record.folder, str(record.steps["p.a.talk"].attempts[0].log)).read_bytes() == b"\xff\x00raw\n"


def test_a_worker_s_subprocesses_are_kept_too(tmp_path: Path) -> None:
    functions = {"talk": lambda: [os.system("echo from a subprocess"), os.write(2, b"by descriptor\n")]}
    record = execute(one_task("talk"), functions, tmp_path, concurrent=True)
    assert sorted(log_of(record, "p.a.talk").splitlines()) == ["by descriptor", "from a subprocess"]


@both
def test_a_shell_s_output_is_kept(tmp_path: Path, concurrent: bool) -> None:
    pipeline = program(parallel("p", a=(shell("sh", "echo out; echo err >&2"),), b=(stub("s"),)))
    record = execute(pipeline, {}, tmp_path, concurrent=concurrent)
    assert sorted(log_of(record, "p.a.sh").splitlines()) == ["err", "out"]


@both
def test_a_step_that_prints_nothing_has_no_log(tmp_path: Path, concurrent: bool) -> None:
    record = execute(one_task("quiet"), {"quiet": lambda: None}, tmp_path, concurrent=concurrent)
    assert record.steps["p.a.quiet"].attempts[0].log is None
    assert not Path(record.folder, "logs").exists()


@both
def test_what_was_printed_before_a_failure_is_kept(tmp_path: Path, concurrent: bool) -> None:
    def talk() -> None:
        print("so far", end="")
        raise ValueError("boom")

    record = execute(one_task("talk"), {"talk": talk}, tmp_path, concurrent=concurrent)
    log = log_of(record, "p.a.talk")
    assert log.startswith("so far\nTraceback (most recent call last):\n")
    assert log.endswith("ValueError: boom\n")
    assert record.steps["p.a.talk"].attempts[0].trace in log


def test_concurrent_lines_are_shown_whole(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def talk() -> None:
        for _ in range(200):
            for part in ("one", " ", "line"):
                sys.stdout.write(part)
                sys.stdout.flush()
            sys.stdout.write("\n")

    pipeline = program(parallel("p", a=(call("t", "talk"),), b=(call("t", "talk"),)))
    execute(pipeline, {"talk": talk}, tmp_path, concurrent=True)
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 400
    assert set(lines) == {"[p.a.t] one line", "[p.b.t] one line"}


def test_the_streams_are_as_before_after_a_run(tmp_path: Path) -> None:
    before = sys.stdout, sys.stderr
    execute(one_task("quiet"), {"quiet": lambda: None}, tmp_path)
    assert (sys.stdout, sys.stderr) == before


def test_a_stream_kept_from_a_run_still_works(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    kept = []
    execute(one_task("keep"), {"keep": lambda: kept.append(sys.stdout)}, tmp_path)
    print("afterwards", file=kept[0])
    assert capsys.readouterr().out == "afterwards\n"


def test_a_task_can_see_whether_it_prints_to_a_terminal(tmp_path: Path) -> None:
    record = execute(program(call("ask", returns="terminal")), {"ask": lambda: sys.stdout.isatty()}, tmp_path)
    assert record.steps["ask"].outputs == {"terminal": sys.stdout.isatty()}


def test_progress_names_steps_attempts_and_the_record(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def fail() -> None:
        raise ValueError("boom")

    execute(program(call("fail", retry=1), stub("after")), {"fail": fail}, tmp_path, run_id="the-run")
    shown = capsys.readouterr().err
    assert "run the-run: pipeline, 2 tasks\n" in shown
    assert "  started      fail  attempt 1 of 2\n" in shown
    assert "attempt 2 of 2\n" in shown
    assert shown.count(" ValueError: boom\n") == 2, "once for each attempt"
    assert "in fail\n" in shown, "the traceback is the user's"
    assert "runnable_runtime" not in shown
    assert "  skipped      after\n" in shown
    assert "run the-run failed: 1 failed, 1 skipped in " in shown
    assert str(tmp_path) in shown
