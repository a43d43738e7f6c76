"""`run --quiet` and `--json`, `runs` with filters, `prune`, and `logs` of a whole run, on runs that have run."""

import json
from pathlib import Path

import pytest

from runnable.cli import main
from tests.support.commands import command

PIPELINE = """
import os, sys
from runnable import Catalog, Map, Pipeline, PythonTask, ShellTask

def begin():
    print("first line")
    sys.stdout.write("no end of line")
    open("data.txt", "w").write("kept")
    os.system("echo from a shell")
    return [1, 2]

def each(item: int):
    print("item", item)

def end():
    if os.environ.get("FAIL"):
        raise ValueError("on purpose")

steps = [
    PythonTask(name="begin", function=begin, returns=["items"], catalog=Catalog(put=["data.txt"])),
    Map(name="all", branch=PythonTask(name="each", function=each).as_pipeline(), iterate_on="items", iterate_as="item"),
    PythonTask(name="end", function=end, retry=1),
]
pipeline = Pipeline(name="mine", steps=steps)
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    (folder / "pyproject.toml").touch()
    (folder / "pipe.py").write_text(PIPELINE)
    return folder


@pytest.fixture
def three_runs(tmp_path, monkeypatch):
    """One that failed with the tag `bad`, one that succeeded, one with the tag `kept`."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "pipe.py").write_text(PIPELINE)
    monkeypatch.setenv("FAIL", "1")
    assert run_here("bad-run", "--tag", "bad") == 1
    monkeypatch.delenv("FAIL")
    assert run_here("good-run") == 0
    assert run_here("kept-run", "--tag", "kept") == 0
    return tmp_path


def run_here(run_id, *options):
    return command("run", "pipe.py", "-q", "--run-id", run_id, *options, cwd=Path.cwd()).returncode


def test_quiet_prints_only_what_tasks_print_and_why_it_failed(project):
    ended = command("run", "pipe.py", "--quiet", cwd=project, environment={"FAIL": "1", "PATH": "/bin:/usr/bin"})
    assert ended.returncode == 1
    assert ended.stdout == "first line\nno end of linefrom a shell\nitem 1\nitem 2\n"
    assert ended.stderr.startswith("error: the run ")
    assert "ValueError: on purpose" in ended.stderr


def test_json_is_one_document_with_the_record_and_tasks_print_elsewhere(project):
    ended = command("run", "pipe.py", "--json", "--quiet", cwd=project)
    document = json.loads(ended.stdout)
    assert list(document) == ["status", "exit_code", "run_id", "error", "findings", "outputs", "record", "folder"]
    assert (document["status"], document["exit_code"], document["error"]) == ("succeeded", 0, None)
    assert document["outputs"] == {"items": [1, 2]}
    shown = json.loads(command("show", document["run_id"], "--format", "json", cwd=project).stdout)
    assert document["record"] == shown
    assert "first line" in ended.stderr
    assert "from a shell" in ended.stderr


def test_json_of_a_run_that_failed_says_why(project):
    ended = command("run", "pipe.py", "--json", cwd=project, environment={"FAIL": "1", "PATH": "/bin:/usr/bin"})
    document = json.loads(ended.stdout)
    assert (ended.returncode, document["status"], document["exit_code"]) == (1, "failed", 1)
    assert "on purpose" in document["error"]
    assert document["record"]["steps"][-1]["status"] == "failed"


@pytest.mark.parametrize(
    ("text", "code", "status", "found"),
    [
        (PIPELINE.replace("item: int", "missing: int"), 3, "refused", "RN301"),
        ("1 / 0\n", 3, "refused", "RN002"),
    ],
)
def test_json_of_a_pipeline_that_is_wrong_has_the_findings(tmp_path, text, code, status, found):
    (tmp_path / "pipe.py").write_text(text)
    ended = command("run", "pipe.py", "--json", cwd=tmp_path)
    document = json.loads(ended.stdout)
    assert (ended.returncode, document["status"], document["exit_code"], document["record"]) == (
        code,
        status,
        code,
        None,
    )
    assert [one["code"] for one in document["findings"]] == [found]


def test_filters_logs_and_prune_of_the_runs_of_a_project(three_runs, capsys):
    """One test, since its runs are what takes time."""

    def ids(*options):
        assert main(["runs", "--format", "json", *options]) == 0
        return [one["run_id"] for one in json.loads(capsys.readouterr().out)]

    assert ids() == ["kept-run", "good-run", "bad-run"]
    assert ids("--status", "failed") == ["bad-run"]
    assert ids("--status", "succeeded", "--limit", "1") == ["kept-run"]
    assert ids("--status", "failed", "--status", "succeeded") == ["kept-run", "good-run", "bad-run"]
    assert ids("--tag", "b*", "--tag", "kept") == ["kept-run", "bad-run"]
    assert ids("--pipeline", "mine", "-n", "2") == ["kept-run", "good-run"]
    assert ids("--pipeline", "other") == ids("--older-than", "1h") == []
    assert ids("--since", "1h") == ["kept-run", "good-run", "bad-run"]

    assert main(["logs", "bad-run"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[:5] == [
        "begin | first line",
        "begin | no end of linefrom a shell",
        "all.0.each | item 1",
        "all.1.each | item 2",
        "end (1) | Traceback (most recent call last):",
    ]
    assert lines[-1] == "end (2) | ValueError: on purpose"
    assert main(["logs", "bad-run", "--attempt", "2"]) == 0
    assert {line.split(" | ")[0] for line in capsys.readouterr().out.splitlines()} == {"end (2)"}

    assert main(["prune"]) == 2
    assert "say which runs" in capsys.readouterr().err
    assert main(["prune", "--keep", "1"]) == 0  # it only lists
    listed = capsys.readouterr()
    assert [line.split()[0] for line in listed.out.splitlines()] == ["RUN", "good-run", "bad-run"]
    assert listed.err == "2 runs would be removed, with --yes\n"
    assert ids() == ["kept-run", "good-run", "bad-run"]
    assert main(["prune", "--status", "failed", "--yes", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out) == ["bad-run"]
    assert ids() == ["kept-run", "good-run"]
    assert sorted(f.name for f in (three_runs / ".catalog").iterdir()) == ["good-run", "kept-run"]
    assert main(["prune", "--tag", "none", "--yes"]) == 0
    assert main(["prune", "--older-than", "0s", "--yes"]) == 0
    assert "removed kept-run\nremoved good-run\n" in capsys.readouterr().out
    assert ids() == []
    assert list((three_runs / ".catalog").iterdir()) == list((three_runs / ".run_log_store").iterdir()) == []


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        (["--status", "faild"], "did you mean 'failed'?"),
        (["--older-than", "1y"], "neither an age such as 7d"),
        (["--since", "soon"], "nor a date such as 2026-01-31"),
        (["--limit", "-1"], "is not a number of runs"),
    ],
)
def test_a_filter_that_is_none_is_a_mistake_of_the_command_line(tmp_path, monkeypatch, capsys, options, problem):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as ended:
        main(["runs", *options])
    assert ended.value.code == 2
    assert problem in capsys.readouterr().err
