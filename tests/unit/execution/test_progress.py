"""How a run is shown, and how a failed one is summed up."""

from __future__ import annotations

import io
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from runnable.diagnostics.errors import ConfigurationError
from runnable.execution.progress import choose_progress
from runnable.execution.progress.plain import PlainProgress
from runnable.execution.progress.silent import SilentProgress
from runnable.execution.progress.terminal import TerminalProgress
from runnable.execution.progress.text import conclusion, duration
from runnable.execution.summary import summary
from runnable_runtime.records.records import AttemptRecord, Kind, RunRecord, Status, StepRecord

START, END = "2026-01-31T12:00:00.000000+00:00", "2026-01-31T12:00:02.500000+00:00"


def step(path: str, status: Status, message: str = "", log: str | None = None) -> StepRecord:
    attempt = AttemptRecord(number=1, started=START, ended=END, status=status, message=message, log=log)
    return StepRecord(path=path, kind=Kind.PYTHON, status=status, message=message, attempts=(attempt,))


def record(*steps: StepRecord, folder: str = "") -> RunRecord:
    return RunRecord(
        run_id="the-run",
        pipeline="p",
        started=START,
        ended=END,
        status=Status.FAILED,
        message="'a' failed",
        steps={s.path: s for s in steps},
        folder=folder,
    )


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0.0512, "0.05 s"), (12.34, "12.3 s"), (125, "2 min 05 s"), (3720, "1 h 02 min")],
)
def test_durations_are_for_people(seconds: float, text: str) -> None:
    assert duration(seconds) == text


def test_a_run_is_concluded_in_one_line() -> None:
    graph = StepRecord(path="g", kind=Kind.PARALLEL, status=Status.FAILED)
    steps = (graph, step("a", Status.FAILED), step("b", Status.SUCCEEDED), step("c", Status.SKIPPED))
    assert conclusion(record(*steps)) == "run the-run failed: 1 succeeded, 1 failed, 1 skipped in 2.50 s"


def test_a_summary_says_which_step_failed_why_and_where_its_log_is(tmp_path: Path) -> None:
    text = summary(record(step("g.a", Status.FAILED, "ValueError: boom", "logs/g.a.1.log"), folder=str(tmp_path)))
    assert text.splitlines() == [
        "error: the run the-run failed: 'a' failed",
        "  g.a: ValueError: boom",
        f"    log: {tmp_path}/logs/g.a.1.log",
        f" = note: the record is in {tmp_path}",
        " = help: see what the task printed, run it again with its inputs, resume the run:",
        "     runnable logs the-run g.a",
        "     runnable replay the-run g.a",
        "     runnable retry the-run",
    ]


def test_a_summary_says_why_a_composite_failed_of_itself() -> None:
    chosen = step("c.low", Status.FAILED, "'stop' has run, which ends the pipeline in failure")
    text = summary(record(step("c", Status.FAILED, "branch 'low' failed"), chosen, step("m", Status.FAILED, "no list")))
    assert text.splitlines()[1:] == [
        "  c.low: 'stop' has run, which ends the pipeline in failure",
        "  m: no list",
    ]


def test_a_summary_leaves_out_a_failure_within_what_succeeded() -> None:
    handled = step("p.b.a", Status.FAILED, "handled")
    around = (step("p", Status.SUCCEEDED), step("p.b", Status.SUCCEEDED))
    text = summary(record(*around, handled, step("d", Status.FAILED, "boom")))
    assert text.splitlines()[1:] == ["  d: boom"]


def test_a_summary_does_not_grow_with_the_failures() -> None:
    text = summary(record(*(step(f"s{i}", Status.FAILED, "no") for i in range(50))))
    assert len(text.splitlines()) == 7
    assert "45 more steps failed" in text


def test_plain_lines_are_aligned(capsys: pytest.CaptureFixture[str]) -> None:
    progress = PlainProgress()
    progress.started(step("a", Status.RUNNING), 1, 1)
    progress.ended(step("a", Status.SUCCEEDED), 1, 1, 2.5, "")
    progress.ended(step("b", Status.INTERRUPTED), 2, 3, 2.5, "")
    lines = [line[10:] for line in capsys.readouterr().err.splitlines()]
    assert lines == ["started      a", "succeeded    a  2.50 s", "interrupted  b  2.50 s  attempt 2 of 3"]


def terminal() -> tuple[TerminalProgress, io.StringIO]:
    shown = io.StringIO()
    return TerminalProgress(Console(file=shown, force_terminal=True, width=80, color_system=None)), shown


def test_on_a_terminal_busy_steps_are_shown_with_the_time_they_take() -> None:
    progress, shown = terminal()
    progress.started(step("a.b", Status.RUNNING), 1, 1)
    progress.tick()
    assert "running      a.b  0.0" in shown.getvalue()


def test_on_a_terminal_what_users_print_is_not_markup(capsys: pytest.CaptureFixture[str]) -> None:
    progress, shown = terminal()
    progress.ended(step("[red]a[/red]", Status.FAILED, "no [bold]"), 1, 1, 1.0, "Traceback [x]")
    progress.output("stdout", "[green]text\n")
    assert "failed       [red]a[/red]  1.00 s" in shown.getvalue()
    assert "Traceback [x]" in shown.getvalue()
    assert capsys.readouterr().out == "[green]text\n"


def test_the_display_is_plain_where_stderr_is_no_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("RUNNABLE_PROGRESS", raising=False)
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert type(choose_progress()) is PlainProgress


@pytest.mark.parametrize(
    ("value", "kind"), [("plain", PlainProgress), ("rich", TerminalProgress), ("none", SilentProgress)]
)
def test_a_variable_chooses_the_display(monkeypatch: pytest.MonkeyPatch, value: str, kind: type) -> None:
    monkeypatch.setenv("RUNNABLE_PROGRESS", value)
    assert type(choose_progress()) is kind


def test_an_unknown_display_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RUNNABLE_PROGRESS", "fancy")
    with pytest.raises(ConfigurationError, match="fancy"):
        choose_progress()


@pytest.mark.parametrize(("variables", "coloured"), [({}, True), ({"NO_COLOR": "1"}, False)])
def test_a_terminal_gets_colours_unless_no_color_is_set(variables: dict[str, str], coloured: bool) -> None:
    script = (
        "from runnable.execution.progress import choose_progress\n"
        "progress = choose_progress()\n"
        "progress.notice(type(progress).__name__)\n"
    )
    environment = {k: v for k, v in os.environ.items() if k not in ("NO_COLOR", "RUNNABLE_PROGRESS")}
    environment |= {"TERM": "xterm-256color", "PYTHONPATH": os.pathsep.join(sys.path), **variables}
    outer, inner = pty.openpty()
    try:
        subprocess.run([sys.executable, "-c", script], env=environment, stderr=inner, stdin=inner, check=True)
        shown = os.read(outer, 4096).decode()
    finally:
        os.close(outer)
        os.close(inner)
    assert "notice: TerminalProgress" in shown
    assert ("\x1b[33m" in shown) is coloured


def test_lines_of_a_long_run_are_written_together_and_none_is_lost_or_out_of_its_order(
    capsys: pytest.CaptureFixture[str],
) -> None:
    progress = PlainProgress()
    for number in range(300):
        progress.ended(step(f"m.{number}.work", Status.SUCCEEDED), 1, 1, 0.1, "")
    shown = capsys.readouterr().err
    assert 200 <= len(shown.splitlines()) < 300
    progress.output("stderr", "printed\n")
    shown += capsys.readouterr().err
    assert [line.split()[2] for line in shown.splitlines()[:300]] == [f"m.{number}.work" for number in range(300)]
    assert shown.splitlines()[300] == "printed"
    progress.started(step("m.300.work", Status.RUNNING), 1, 1)
    progress.tick()
    assert "m.300.work" in capsys.readouterr().err
