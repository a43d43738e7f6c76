"""A name that no file can have is one that is not there, whoever gave it: an error of ours, never a traceback."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from runnable.cli import main
from runnable.diagnostics.errors import ExitCode, RecordUnusable
from runnable.runs.lookup import find_pipeline
from runnable_runtime.presence import is_file, is_folder, is_there

LONG = "ü" * 300
DEEP = "a/" * 2_500 + "b"
CACHED = """
from runnable import Pipeline, PythonTask


def work():
    try:
        import {name}
    except ImportError:
        return 1


pipeline = Pipeline(steps=[PythonTask(name="s", function=work, returns=["x"], cache=True)])
"""
STUB = Path(__file__).parents[2] / "examples" / "01-tasks" / "stub.py"


@pytest.mark.parametrize("name", [LONG, DEEP, "a\0b", "\ud800", ""])
def test_there_is_no_such_thing(name: str) -> None:
    assert not is_there(name)
    assert not is_file(name)
    assert not is_folder(name)


@pytest.mark.parametrize("name", [LONG, DEEP])
def test_a_record_whose_pipeline_has_such_a_name_is_of_one_that_is_not_here(name: str) -> None:
    with pytest.raises(RecordUnusable, match="RN906"):
        find_pipeline(f"{name}.py:main", "retry", "r")


@pytest.mark.parametrize(
    ("command", "code"),
    [
        ("check {}", ExitCode.DEFINITION),
        ("check {}.py {}", ExitCode.DEFINITION),
        ("compile --target argo {}", ExitCode.DEFINITION),
        ("compile --target argo stub.py -o {}", ExitCode.OUTPUT),
        ("compile --target argo stub.py -o {}/", ExitCode.OUTPUT),
        ("compile --target argo . -o {}", ExitCode.OUTPUT),
        ("compile --target argo stub.py --check {}", ExitCode.DIFFERENT),
        ("submit {}/a.yaml", ExitCode.CONFIGURATION),
        ("verify {}", ExitCode.RECORD),
        ("verify {}.yaml", ExitCode.RECORD),
        ("image build {}", ExitCode.OUTPUT),
        ("run stub.py -p {}", ExitCode.CONFIGURATION),
        ("run stub.py -c {}", ExitCode.CONFIGURATION),
    ],
)
def test_a_command_says_so(
    command: str, code: ExitCode, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    shutil.copy(STUB, "stub.py")
    for name in (LONG, DEEP):
        assert main([word.format(name, name) for word in command.split()]) == code
        assert "bug in runnable" not in capsys.readouterr().err


def test_a_module_that_is_imported_if_it_is_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    name = "u" * 300
    Path("p.py").write_text(CACHED.format(name=name))
    assert main(["run", "p.py:pipeline"]) == ExitCode.OK
