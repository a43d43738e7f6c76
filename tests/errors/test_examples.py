"""What `runnable explain` and docs/errors.md show of each code: what is wrong leads to it, what is right does not."""

import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from runnable.diagnostics.codes import all_codes
from runnable.diagnostics.examples import example
from tests.support.commands import command

BLOCK = re.compile(r"```(\w+)\n(.*?)```", re.S)
DEFAULT = 'from runnable import *\nPipeline(name="orders", steps=[Stub(name="train")]).execute()\n'
NOTEBOOK = '{"cells": [], "metadata": {"kernelspec": {"name": "python3"}}, "nbformat": 4, "nbformat_minor": 5}'
NOT_RUN = {
    "RN207": "needs a folder that no project has",
    "RN209": "is a test: tests/unit/testing",
    "RN702": "needs an engine",
    "RN703": "needs an engine",
    "RN704": "builds, where it is right",
    "RN705": "needs an engine",
    "RN706": "needs a registry",
    "RN707": "needs an engine",
    "RN708": "needs a cluster",
    "RN709": "needs an engine",
    "RN711": "needs a registry",
    "RN712": "needs an engine",
    "RN710": "needs an engine",
    "RN801": "needs a cluster",
    "RN802": "needs a cluster",
    "RN803": "needs a cluster",
    "RN804": "needs a cluster",
    "RN805": "needs a cluster, where it is right",
    "RN806": "needs a cluster",
    "RN807": "needs a cluster",
    "RN808": "needs a cluster",
    "RN904": "is a matter of time",
    "RN913": "is a matter of time",
    "RN914": "is a matter of time",
    "RN909": "needs an engine, where it is right",
    "RN930": "needs a run that waits",
    "RN931": "needs a run that waits",
    "RN932": "needs a run that waits",
}
"""Codes whose examples only say what is done; that they are reported is tested as tests/errors/test_errors.py says."""
CODES = [one.code for one in all_codes()]


def outcome(blocks: str, folder: Path) -> tuple[int, str]:
    """The exit code of the last command, and what all commands print."""
    found = BLOCK.findall(blocks)
    (folder / "a.ipynb").write_text(NOTEBOOK)
    (folder / "pipeline.py").write_text(DEFAULT)
    lines, options = [], ""
    for language, text in found:
        named = re.match(r"# (\w+)\.yaml\n", text)
        if language == "python":
            (folder / "pipeline.py").write_text(f"from runnable import *\n\n{text}")
        elif language == "sh":
            lines = text.splitlines()
        else:
            assert named is not None
            (folder / f"{named[1]}.yaml").write_text(text)
            options += {"parameters": " -p parameters.yaml", "configuration": " -c configuration.yaml"}.get(
                named[1], ""
            )
    code, printed = 0, ""
    for line in lines or [f"runnable check pipeline.py{options}"]:
        ended = run(line, folder)
        code, printed = ended.returncode, printed + ended.stdout + ended.stderr
    return code, printed


def run(line: str, folder: Path) -> subprocess.CompletedProcess[str]:
    if re.fullmatch(r"runnable [^&|;<>$#]*", line):
        return command(*shlex.split(line)[1:], cwd=folder)
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    return subprocess.run(["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("code", [code for code in CODES if code not in NOT_RUN])
def test_what_is_wrong_leads_to_the_code_and_what_is_right_does_not(code, tmp_path):
    shown = example(code)
    (tmp_path / "wrong").mkdir()
    (tmp_path / "right").mkdir()
    _, printed = outcome(shown.wrong, tmp_path / "wrong")
    assert f"[{code}]" in printed
    ended, printed = outcome(shown.right, tmp_path / "right")
    assert f"[{code}]" not in printed
    assert ended == 0, printed


def test_every_code_has_an_example_and_no_other():
    assert all(example(code).wrong and example(code).right for code in CODES)
    assert set(NOT_RUN) < set(CODES)


def test_an_example_s_two_sides_are_two():
    assert all(example(code).wrong != example(code).right for code in CODES)


@pytest.mark.parametrize("code", CODES)
def test_every_block_of_an_example_is_closed(code):
    for side in (example(code).wrong, example(code).right):
        assert side.count("```") == 2 * len(BLOCK.findall(side))
