"""`runnable report`: from a recorded run to the file, with pictures, notebooks and logs of the stores."""

from __future__ import annotations

import base64
from collections.abc import Callable
from pathlib import Path

import pytest

from runnable.cli import main
from runnable.diagnostics.errors import ExitCode
from tests.support.local_runs import call, execute, program
from tests.unit.report.test_page import packed

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


def fail() -> None:
    print("looking for pears")
    raise LookupError("nobody knows the price of pears")


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "runnable.yaml").write_text("run-log-store: {type: file-system, log_folder: .}\n")
    return tmp_path


def ran(project: Path, function: Callable[[], object], run_id: str) -> None:
    execute(program(call("t")), {"t": function}, project, run_id=run_id)


def test_a_failure_is_a_file_with_its_log_and_the_commands_to_paste(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ran(project, fail, "bad")
    assert main(["report", "latest"]) == ExitCode.OK
    assert capsys.readouterr().err.endswith("\nwrote report-bad.html\n")
    page = (project / "report-bad.html").read_text()
    for said in ("LookupError: nobody knows", "looking for pears", "runnable replay bad t", "runnable retry bad"):
        assert said in page
    assert main(["report", "bad", "--logs", "none", "-o", "-"]) == ExitCode.OK
    assert "looking for pears" not in capsys.readouterr().out


def test_what_differs_from_another_run_is_said(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran(project, lambda: None, "good")
    ran(project, fail, "bad")
    assert main(["report", "bad", "good", "-o", "r.html"]) == ExitCode.OK
    page = (project / "r.html").read_text()
    assert "Ended otherwise" in page
    columns = packed(page)[0]
    assert isinstance(columns, dict)
    assert columns["other"]["run"] == "good"


def test_a_run_that_is_not_there_is_named_and_what_was_meant(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran(project, lambda: None, "calm-fjord")
    assert main(["report", "clam-fjord"]) == ExitCode.RECORD
    assert "did you mean 'calm-fjord'?" in capsys.readouterr().err
    assert main(["report", "calm-fjord", "-o", "runnable.yaml/r.html"]) == ExitCode.OUTPUT
    assert "cannot write" in capsys.readouterr().err
    with pytest.raises(SystemExit) as ended:
        main(["report", "calm-fjord", "--max-size", "large"])
    assert ended.value.code == ExitCode.USAGE
    assert "write such as 20MB" in capsys.readouterr().err


PIPELINE = """
from pathlib import Path
from runnable import Catalog, Pipeline, PythonTask

def draw():
    Path("plot.png").write_bytes(PNG)
    Path("bad.png").write_text("<html>")
    Path("plot.svg").write_text("<svg xmlns='http://www.w3.org/2000/svg'/>")

def main():
    task = PythonTask(name="draw", function=draw, catalog=Catalog(put=["*.png", "*.svg"]))
    pipeline = Pipeline(name="plots", steps=[task])
    pipeline.execute()
    return pipeline
"""


def test_pictures_in_the_catalog_are_shown_as_far_as_they_fit_and_are_what_was_put(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "plots.py").write_text(PIPELINE.replace("PNG", repr(PNG)))
    assert main(["run", "plots.py"]) == ExitCode.OK
    assert main(["report", "latest", "-o", "r.html"]) == ExitCode.OK
    page = (project / "r.html").read_text()
    assert f'<img src="data:image/png;base64,{base64.b64encode(PNG).decode()}" alt="plot.png of draw">' in page
    assert '<img src="data:image/svg+xml;base64,' in page
    assert "bad.png (it is no image/png)" in page
    assert "Left out" not in page
    assert main(["report", "latest", "--max-size", "1KB", "-o", "small.html"]) == ExitCode.OK
    small = (project / "small.html").read_text()
    assert "<img" not in small
    assert "Left out, to stay within the size of this file (--max-size): bad.png" in small
    assert main(["report", "latest", "--no-values", "-o", "bare.html"]) == ExitCode.OK
    assert "<img" not in (project / "bare.html").read_text()
    run = next(path for path in (project / ".catalog").iterdir() if path.is_dir())
    (run / "plot.png").write_bytes(b"\x89PNG\r\n\x1a\nanother")
    assert main(["report", "latest", "-o", "r.html"]) == ExitCode.OK
    assert "plot.png (another file has replaced it in the catalog)" in (project / "r.html").read_text()


ENDS = """
from runnable import Pipeline, PythonTask

def work(well: bool):
    assert well

pipeline = Pipeline(name="ends", steps=[PythonTask(name="work", function=work)])
"""


@pytest.mark.parametrize(
    ("when", "store", "well", "written"),
    [
        ("always", "file-system", "true", ".run_log_store/r/report.html"),
        ("on-failure", "chunked-fs", "false", ".run_log_store/r/report.html"),
        ("on-failure", "buffered", "false", "reports/r.html"),
        ("on-failure", "file-system", "true", ""),
        ("never", "file-system", "false", ""),
    ],
)
def test_a_run_ends_with_its_report_where_the_configuration_asks_for_it(
    when: str, store: str, well: str, written: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "runnable.yaml").write_text(f"run-log-store: {{type: {store}}}\nreport: {when}\n")
    (project / "ends.py").write_text(ENDS)
    code = ExitCode.OK if well == "true" else ExitCode.RUN_FAILED
    assert main(["run", "ends.py", "-p", f"well={well}", "--run-id", "r"]) == code
    said = capsys.readouterr().err
    assert [str(file.relative_to(project)) for file in project.rglob("*.html")] == ([written] if written else [])
    assert (f"notice: the report of the run is {written}\n" in said) == bool(written)
    if store != "buffered":
        assert main(["fsck"]) == ExitCode.OK
        assert main(["prune", "--pipeline", "ends", "--yes"]) == ExitCode.OK
        assert not (project / ".run_log_store" / "r").exists()


def test_what_keeps_a_report_from_being_written_changes_nothing_of_the_run(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "runnable.yaml").write_text("run-log-store: {type: buffered}\nreport: always\n")
    (project / "reports").write_text("no folder")
    (project / "ends.py").write_text(ENDS)
    assert main(["run", "ends.py", "-p", "well=true"]) == ExitCode.OK
    assert "notice: the run has no report: cannot write" in capsys.readouterr().err


@pytest.mark.parametrize("value", ["onfailure", "yes", "[always]", "3"])
def test_a_mistyped_value_is_an_error_with_file_and_key(
    value: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (project / "runnable.yaml").write_text(f"catalog: {{type: do-nothing}}\nreport: {value}\n")
    assert main(["runs"]) == ExitCode.CONFIGURATION
    said = capsys.readouterr().err
    assert "runnable.yaml:2" in said
    assert "report" in said
    assert "is not one of never, on-failure, always" in said


def test_of_a_run_that_was_killed_it_says_so(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    ran(project, lambda: None, "r")
    journal = project / "r" / "run.jsonl"
    lines = journal.read_text().splitlines(keepends=True)
    started = max(at for at, line in enumerate(lines) if '"status":"running"' in line and '"step"' in line)
    journal.write_text("".join(lines[: started + 1]))
    assert main(["report", "r", "-o", "r.html"]) == ExitCode.OK
    page = (project / "r.html").read_text()
    assert "<title>■ pipeline interrupted: r</title>" in page
    assert "its process was killed" in page
    assert "▶" not in page.partition("<script")[0]


CARDS = """
from runnable import Pipeline, PythonTask, card

def show(fails: bool):
    card(markdown="# Scores\\n\\n**bold** <script>alert(1)</script> [link](javascript:alert(1)) ![x](http://x.test/x.png)")
    card(table=[{"shop": "<north>", "auc": 0.8125}], figure=b"<svg xmlns='http://www.w3.org/2000/svg'/>")
    card(markdown="the key is " + __import__("os").environ["KEY"])
    assert not fails

def main():
    Pipeline(name="cards", steps=[PythonTask(name="show", function=show, secrets=["KEY"])]).execute()
"""


@pytest.mark.parametrize("fails", ["true", "false"])
def test_cards_of_a_function_are_shown_and_hold_no_secret_and_nothing_that_runs(
    fails: str, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY", "open-sesame")
    (project / "cards.py").write_text(CARDS)
    main(["run", "cards.py", "-p", f"fails={fails}"])
    assert main(["report", "latest", "-o", "r.html"]) == ExitCode.OK
    page = (project / "r.html").read_text()
    card = page.partition('class="card"')[2].partition("</section>")[0]
    assert "<h3>Scores</h3>" in card
    assert "<strong>bold</strong> &lt;script&gt;alert(1)&lt;/script&gt;" in card
    assert 'href="javascript' not in card
    assert card.count("<img") == 1
    assert ("&lt;north&gt;" in card, "<td>0.8125</td>" in card) == (True, True)
    assert '<img src="data:image/svg+xml;base64,' in card
    assert "the key is &lt;secret:KEY&gt;" in card
    assert "open-sesame" not in page
