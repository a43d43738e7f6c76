"""No command ends in a traceback because its output is of another encoding, full, closed, or read by nobody."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import yaml

from tests.support.paths import ROOT

PIPELINE = """
from runnable import *

def snow(x: str):
    print("☃", x)
    return "☃" + x

def main():
    first = PythonTask(name="snow", function=snow, returns=["y"], cache=True)
    steps = [first, ShellTask(name="say", command="echo ☃ $y 😀")]
    pipeline = Pipeline(name="schnee", steps=steps, description="☃ 😀")
    pipeline.execute(parameters_file="given.yaml")
    return pipeline

if __name__ == "__main__":
    main()
"""
COMMANDS = {
    "show": "show latest",
    "show as JSON": "show latest --format json",
    "logs": "logs latest",
    "logs of a step": "logs latest say",
    "runs": "runs",
    "check": "check p.py",
    "check what is wrong": "check wrong.py",
    "plan": "plan p.py",
    "plan as JSON": "plan p.py --format json",
    "describe": "describe p.py",
    "describe as JSON": "describe p.py --output-format json",
    "simulate": "simulate p.py",
    "compile": "compile -t argo --image a:1 p.py",
    "explain": "explain RN101",
    "explain-cache": "explain-cache latest snow",
    "diff": "diff latest latest",
    "report": "report latest -o -",
    "resources": "resources latest",
    "fsck": "fsck",
    "replay": "replay latest snow",
    "run as JSON": "run --json p.py",
    "completion": "completion bash",
    "no such run": "show nothing",
}


_SOME = ("show", "logs", "check", "compile", "run as JSON")
SOME = {name: COMMANDS[name] for name in _SOME}


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("project")
    (folder / "pyproject.toml").touch()
    (folder / "p.py").write_text(PIPELINE)
    (folder / "wrong.py").write_text(PIPELINE.replace('name="snow"', 'name="☃"'))
    (folder / "given.yaml").write_text("x: é☃😀\n")
    assert run(folder, "run p.py").returncode == 0
    return folder


def run(folder: Path, command: str, redirected: str = "", **variables: str) -> subprocess.CompletedProcess[bytes]:
    path = os.pathsep.join(str(ROOT / name) for name in ("compiler", "runtime_image"))
    environment = {**os.environ, "PYTHONPATH": path, "RUNNABLE_PROGRESS": "plain", **variables}
    line = f"{sys.executable} -m runnable.cli {command} {redirected}"
    return subprocess.run(["bash", "-c", line], cwd=folder, env=environment, capture_output=True)


@cache
def usually(folder: Path, command: str) -> subprocess.CompletedProcess[bytes]:
    return run(folder, command)


def is_no_bug(ended: subprocess.CompletedProcess[bytes]) -> bool:
    words = (b"Traceback", b"Exception ignored", b"is a bug in runnable")
    return ended.returncode != 70 and not any(word in ended.stderr for word in words)


@pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)
def test_what_an_encoding_lacks_is_written_out(command: str, project: Path) -> None:
    usual, ended = usually(project, command), run(project, command, PYTHONIOENCODING="ascii")
    assert is_no_bug(ended), ended.stderr.decode()
    assert ended.returncode == usual.returncode
    if "json" in command:
        json.loads(ended.stdout)
    if command.startswith(("compile", "logs")):
        assert ended.stdout == usual.stdout


def test_a_manifest_is_the_same_whatever_the_terminal(project: Path) -> None:
    ended = run(project, COMMANDS["compile"], PYTHONIOENCODING="ascii")
    assert "☃ 😀" in json.dumps(list(yaml.safe_load_all(ended.stdout)), ensure_ascii=False)


@pytest.mark.parametrize("redirected", [">&- 2>&- <&-", "2> /dev/full"])
@pytest.mark.parametrize("command", SOME.values(), ids=SOME)
def test_what_is_closed_and_a_full_standard_error_change_nothing(command: str, redirected: str, project: Path) -> None:
    ended = run(project, command, redirected)
    assert is_no_bug(ended), ended.stderr.decode()
    assert ended.returncode == usually(project, command).returncode


@pytest.mark.parametrize("command", SOME.values(), ids=SOME)
def test_an_output_that_is_full_is_said_and_no_success(command: str, project: Path) -> None:
    ended = run(project, command, "> /dev/full")
    assert is_no_bug(ended), ended.stderr.decode()
    assert ended.returncode == 5
    assert b"error: what the command prints cannot be written: No space left on device" in ended.stderr


@pytest.mark.parametrize("command", SOME.values(), ids=SOME)
def test_a_reader_that_goes_away_is_no_bug(command: str, project: Path) -> None:
    ended = run(project, command, "| head -c 1")
    assert is_no_bug(ended), ended.stderr.decode()
