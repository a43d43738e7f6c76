"""Records of another's making: commands say what is wrong with them, run no file of theirs, and steer no terminal."""

from __future__ import annotations

import ast
import json
import re
import shutil
from pathlib import Path

import pytest

from runnable.cli import main
from runnable.diagnostics.errors import ExitCode, OutputError, RecordUnusable
from runnable.diagnostics.terminal import harmless
from runnable.replay.as_test import _text
from runnable.replay.recorded import Recorded
from runnable.runs.lookup import find_pipeline
from runnable_runtime.protocol import TaskSpec
from tests.support.local_runs import call, execute, program

CONFIGURATION = "run-log-store: {type: file-system, log_folder: .}\n"
HOSTILE = ['a"""b', "a'''b", 'a"""\nimport os\n"""', "a\\", "a\\N{x}", "\x1b]52;c;YQ==\x07", "ü", '"', "{0}", "\ud800"]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(CONFIGURATION)
    execute(program(call("t")), {"t": lambda: None}, tmp_path, run_id="good")
    return tmp_path


def change(store: Path, run_id: str, old: str, new: str) -> None:
    """Change a record as one does who knows of checksums."""
    journal = store / run_id / "run.jsonl"
    text = re.sub(r',"crc":"[0-9a-f]{8}"', "", journal.read_text())
    assert old in text
    journal.write_text(text.replace(old, new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ('"started":"', '"started":5,"x":"'),
        ('"started":"', '"started":"yesterday","x":"'),
        ('"run_id":"bad"', '"run_id":["bad"]'),
        ('"run_id":"bad"', '"run_id":"other"'),
        ('"pipeline":"pipeline"', '"pipeline":null'),
        ('"status":"succeeded"', '"status":"well"'),
        ('"schema_version":2', '"schema_version":true'),
        ('"schema_version":2', '"schema_version":99'),
    ],
)
def test_a_bad_record_is_a_line_among_the_runs_and_breaks_nothing(
    old: str, new: str, store: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    execute(program(call("t")), {"t": lambda: None}, store, run_id="bad")
    change(store, "bad", old, new)
    config = ["-c", "config.yaml"]
    assert main(["runs", *config]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert {row.split()[0] for row in rows[1:]} == {"good", "bad"}
    for command in (["show", "bad"], ["logs", "bad", "t"], ["fsck"], ["show", "latest"], ["explain-cache", "bad", "t"]):
        assert main([*command, *config]) in (ExitCode.OK, ExitCode.RECORD)
        assert "Traceback" not in capsys.readouterr().err
    assert main(["show", "good", *config]) == 0


def test_a_copied_folder_of_a_run_breaks_nothing(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(store / "good", store / "copy")
    assert main(["runs", "-c", "config.yaml"]) == 0
    assert "unreadable" in capsys.readouterr().out
    assert main(["show", "latest", "-c", "config.yaml"]) == 0


def test_fsck_tells_what_is_damaged_and_repairs_it(store: Path, capsys: pytest.CaptureFixture[str]) -> None:
    journal = store / "good" / "run.jsonl"
    journal.write_bytes(journal.read_bytes().replace(b'{"step"', b'{"st#p', 1))
    assert main(["show", "good", "-c", "config.yaml"]) == 0
    assert "the record is damaged" in capsys.readouterr().out
    assert main(["fsck", "-c", "config.yaml"]) == ExitCode.RECORD
    captured = capsys.readouterr()
    assert "run.jsonl: the record is damaged" in captured.out
    assert "1 runs, 1 damaged, 0 repaired" in captured.out
    assert "--repair" in captured.err
    assert main(["fsck", "--repair", "good", "-c", "config.yaml"]) == 0
    assert "1 runs, 1 damaged, 1 repaired" in capsys.readouterr().out
    assert main(["fsck", "-c", "config.yaml"]) == 0
    assert json.loads(journal.read_bytes().splitlines()[1])["run"]["run_id"] == "good"


@pytest.mark.parametrize("source", ["/tmp/evil.py", "../evil.py", "a/../../evil.py:main", "link.py", "", "a\0.py", "."])
def test_no_file_outside_of_the_project_is_run_because_a_record_names_it(
    source: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "project" / "a").mkdir(parents=True)
    (tmp_path / "evil.py").write_text("raise SystemExit('evil')")
    (tmp_path / "project" / "link.py").symlink_to(tmp_path / "evil.py")
    monkeypatch.chdir(tmp_path / "project")
    if source == "link.py":
        (tmp_path / "project" / "link.py").unlink()
    with pytest.raises(RecordUnusable, match="RN906"):
        find_pipeline(source, "retry", "r")


@pytest.mark.parametrize("text", HOSTILE)
def test_a_generated_test_has_texts_of_a_record_as_literals_only(text: str, tmp_path: Path) -> None:
    recorded = Recorded(
        spec=TaskSpec("shell", text, text),
        parameters={"x": text, "y": [1.5, None]},
        project=tmp_path,
        folder=tmp_path,
        run=text,
        status="failed",
        message=text,
    )
    module = ast.parse(
        _text(recorded, tmp_path / "test_a.py", None).encode("utf-8", "surrogatepass").decode("utf-8", "replace")
    )
    assert [type(node).__name__ for node in module.body] == [
        *("Expr", "ImportFrom", "ImportFrom", "Assign", "Assign", "FunctionDef")
    ]
    assert all(isinstance(ast.literal_eval(node.value), dict) for node in module.body if isinstance(node, ast.Assign))


@pytest.mark.parametrize(
    "text", ["\x1b]52;c;YQ==\x07", "\x1b[2J", "\x1b[1;1H", "a\rb", "\x9b2J", "\u202eabc", "\x08", "\x1bc"]
)
def test_what_steers_a_terminal_is_written_out(text: str) -> None:
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", harmless(text))
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", str(OutputError(text)))
    assert harmless("\x1b[31mred\x1b[0m\tü\n") == "\x1b[31mred\x1b[0m\tü\n"
