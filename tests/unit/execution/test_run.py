"""Run ids, settings, plans of runs, captured streams."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from runnable.configuration import validate
from runnable.diagnostics.errors import ConfigurationError
from runnable.execution.capture import Capture, Tee
from runnable.execution.echo import Echo
from runnable.execution.log_file import LogFile
from runnable.execution.progress.silent import SilentProgress
from runnable.executors.settings import LocalSettings
from runnable.ir.nodes import Edge, Graph, On, Program
from runnable.runs.run_ids import check_run_id, new_run_id
from runnable.runs.stores import STORES
from runnable.semantics.plan import has_concurrency, new_record
from tests.support.local_runs import call, chain, parallel, shell, stub


def test_made_ids_are_readable_valid_and_differ() -> None:
    ids = {new_run_id() for _ in range(50)}
    assert len(ids) > 45
    assert all(re.fullmatch(r"[a-z]+-[a-z]+-\d{6}[a-z0-9]{2}", one) and check_run_id(one) for one in ids)


@pytest.mark.parametrize("run_id", ["a", "nightly-2026.01_31", "x" * 100, "-dash"])
def test_ids_that_can_name_a_folder_are_taken(run_id: str) -> None:
    assert check_run_id(run_id) == run_id


@pytest.mark.parametrize("run_id", ["", ".", "..", ".hidden", "a/b", "a b", "ü", "x" * 101, "a\n"])
def test_other_ids_are_refused(run_id: str) -> None:
    with pytest.raises(ConfigurationError, match="RN407"):
        check_run_id(run_id)


def test_settings_have_their_documented_defaults() -> None:
    settings = validate(LocalSettings, {}, file="c.yaml", at="pipeline-executor")
    assert (settings.enable_parallel, settings.object_serialisation, dict(settings.overrides)) == (False, True, {})
    assert settings.workers >= 4
    assert STORES["chunked-fs"].settings().log_folder == ".run_log_store"


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ({"enable_paralel": True}, "did you mean 'enable_parallel'"),
        ({"max_workers": 0}, "max_workers is at least 1"),
        ({"enable_parallel": "maybe"}, "enable_parallel"),
    ],
)
def test_wrong_settings_are_clear_errors(data: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        validate(LocalSettings, data, file="c.yaml", at="pipeline-executor")


def test_the_plan_names_every_step_and_what_it_is() -> None:
    pipeline = chain(
        "root", parallel("p", b=(call("f"), parallel("q", c=(stub("s"),))), d=(shell("sh", ":"),)), stub("e")
    )
    record = new_record(Program("n", pipeline), "r", "t")
    assert {path: str(step.kind) for path, step in record.steps.items()} == {
        "p": "parallel",
        "p.b": "pipeline",
        "p.b.f": "python",
        "p.b.q": "parallel",
        "p.b.q.c": "pipeline",
        "p.b.q.c.s": "stub",
        "p.d": "pipeline",
        "p.d.sh": "shell",
        "e": "stub",
    }


@pytest.mark.parametrize(
    ("graph", "expected"),
    [
        (chain("g", stub("a"), stub("b")), False),
        (parallel("g", only=(stub("a"),)), False),
        (chain("g", parallel("p", a=(stub("a"),), b=(stub("b"),))), True),
        (Graph("g", tuple(stub(n) for n in "abc"), (Edge("a", "b"), Edge("a", "c"))), True),
        (Graph("g", tuple(stub(n) for n in "abc"), (Edge("a", "b"), Edge("a", "c", On.FAILURE))), False),
    ],
    ids=["chain", "one branch", "two branches", "fork", "handler"],
)
def test_it_is_known_beforehand_whether_anything_can_run_at_once(graph: Graph, expected: bool) -> None:
    assert has_concurrency(graph) is expected


def test_a_tee_passes_text_on_and_copies_it_while_there_is_a_log(tmp_path: Path) -> None:
    target = io.StringIO()
    tee = Tee("stdout", target)
    tee.write("before ")
    log = LogFile(tmp_path / "deep" / "log", pytest.fail)
    with Capture(tee, Tee("stderr", io.StringIO())).into(log):
        print("during \ud800", file=tee)
    log.close()
    tee.writelines(iter(["after"]))
    assert target.getvalue() == "before during \ud800\nafter"
    assert (tmp_path / "deep" / "log").read_text() == "during \\ud800\n"


def test_a_log_that_cannot_be_written_is_reported_once_and_does_no_harm(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    reported: list[str] = []
    log = LogFile(tmp_path / "file" / "log", reported.append)
    log.write(b"one")
    log.write(b"two")
    log.close()
    assert len(reported) == 1
    assert not log.written


class _Shown(SilentProgress):
    def __init__(self) -> None:
        self.text: list[str] = []

    def output(self, stream: str, text: str) -> None:
        self.text.append(text)


def test_an_echo_with_a_prefix_shows_whole_lines_only() -> None:
    shown = _Shown()
    echo = Echo(shown, "stdout", "[a] ")
    for data in (b"on", b"e\ntw\xc3", b"\xbc\n\nthree"):
        echo.write(data)
    assert "".join(shown.text) == "[a] one\n[a] twü\n[a] \n"
    echo.write(b"", last=True)
    assert "".join(shown.text) == "[a] one\n[a] twü\n[a] \n[a] three\n"


def test_an_echo_without_a_prefix_shows_everything_at_once() -> None:
    shown = _Shown()
    echo = Echo(shown, "stdout", "")
    echo.write(b"half")
    echo.write(b"\xff", last=True)
    assert shown.text == ["half", "\ufffd"]
