"""After a failure: the commands that come next are printed ready to paste, and `show` finds what matters."""

import json
import re
import shlex
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from tests.support.commands import command

PIPELINE = """
import time
from pathlib import Path

from runnable import Map, Pipeline, PythonTask, metric

LONG = "a long message " * 20


def items():
    return list(range(40)), 0.5


def each(item):
    print("this is", item)
    if item == 17 and not Path("mended").exists():
        raise ValueError(LONG)
    return item


def pipeline():
    branch = PythonTask(name="a step", function=each, returns=["y"]).as_pipeline()
    return Pipeline(steps=[
        PythonTask(name="items", function=items, returns=["xs", metric("score")], cache=True),
        Map(name="each", iterate_on="xs", iterate_as="item", branch=branch),
    ])
"""


class Project:
    def __init__(self, folder: Path) -> None:
        self.folder = folder
        (folder / "runnable.yaml").touch()
        (folder / "p.py").write_text(PIPELINE)
        (folder / "other.yaml").write_text("run-log-store: {type: chunked-fs, log_folder: other}\n")

    def runnable(self, *arguments: str, code: int = 0, here: str = "") -> CompletedProcess[str]:
        ended = command(*arguments, cwd=self.folder / here)
        assert ended.returncode == code, ended.stderr
        return ended


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project(tmp_path)


@pytest.mark.parametrize("config", [[], ["-c", "other.yaml"]], ids=["no configuration", "one that is named"])
def test_the_commands_that_come_next_can_be_pasted(project, config):
    said = project.runnable("run", "p.py:pipeline", "--run-id", "r", *config, code=1).stderr
    pasted = [shlex.split(line) for line in said.splitlines() if line.startswith("     runnable ")]
    assert [one[1] for one in pasted] == ["logs", "replay", "retry"]
    assert all(one[-2:] == config for one in pasted) if config else "-c" not in said
    assert "this is 17" in project.runnable(*pasted[0][1:]).stdout
    assert project.runnable(*pasted[1][1:], code=1).stdout == "this is 17\n"
    (project.folder / "mended").touch()
    project.runnable(*pasted[2][1:])


def test_a_long_message_stands_once(project):
    said = project.runnable("run", "p.py:pipeline", "--run-id", "r", code=1).stderr
    whole = "a long message " * 20
    assert said.count(whole) == 1
    assert re.search(r"each\.17\.a step: ValueError: a long .*….*\(p\.py:\d+ in each\)", said)
    assert whole.strip() in project.runnable("show", "r").stdout


def test_a_large_map_is_folded_and_what_failed_is_not(project):
    project.runnable("run", "p.py:pipeline", "--run-id", "r", code=1)
    shown = project.runnable("show", "r").stdout
    assert len(shown.splitlines()) < 25
    assert "39 more: 39 succeeded" in shown
    assert re.search(r"failed +17 ", shown)
    assert project.runnable("show", "r", "--all").stdout.count("succeeded        a step") == 39
    only = project.runnable("show", "r", "--failed").stdout
    assert re.search(r"failed +17 ", only)
    assert "succeeded" not in only
    assert len(json.loads(project.runnable("show", "r", "--format", "json").stdout)["steps"]) == 2 + 40 * 2


def test_a_large_map_that_went_well_shows_its_first_items(project):
    (project.folder / "mended").touch()
    project.runnable("run", "p.py:pipeline", "--run-id", "r")
    shown = project.runnable("show", "r").stdout
    assert "35 more: 35 succeeded" in shown
    assert "returned y = 4" in shown
    assert "returned y = 5" not in shown


def test_what_was_cached_and_what_is_a_metric_are_marked(project):
    (project.folder / "mended").touch()
    project.runnable("run", "p.py:pipeline", "--run-id", "a")
    said = project.runnable("run", "p.py:pipeline", "--run-id", "b").stderr
    shown = project.runnable("show", "b").stdout
    assert re.search(r"^[0-9:]+  cached       items$", said, re.MULTILINE)
    assert re.search(r"^cached +items$", shown, re.MULTILINE)
    assert "metrics score = 0.5\n" in shown
    assert "cached" not in project.runnable("show", "a").stdout


def test_a_composite_of_a_resumed_run_took_the_time_that_the_run_was_under_way(project):
    """What the run stood still before it was resumed does not count."""
    (project.folder / "p.py").write_text(PIPELINE + "    # a change\n")
    project.runnable("run", "p.py:pipeline", "--run-id", "r", code=1)
    (file,) = project.folder.glob(".run_log_store/r/run.jsonl")
    text = re.sub(r'("(?:started|ended)": ?")(\d{4})', r"\g<1>2001", file.read_text())  # long ago ...
    file.write_text(re.sub(r',"crc":"[0-9a-f]{8}"}', "}", text))  # ... by an older version, which had no checksums
    (project.folder / "mended").touch()
    project.runnable("retry", "r")
    shown = project.runnable("show", "r").stdout
    took = re.search(r"^succeeded +each +(.*)$", shown, re.MULTILINE)
    assert took, shown
    assert re.fullmatch(r"\d\.\d\d s", took[1]), shown
