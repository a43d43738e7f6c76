"""pyright checks uses of the installed package as mypy does. It comes as basedpyright, which has its Node with it."""

import json
import subprocess

import pytest

from tests.support.paths import UV
from tests.support.uses import USES, wrong

CHECKER = "basedpyright@1.40.2"  # one version: what a checker reports changes with it
pytestmark = [pytest.mark.install, pytest.mark.timeout(1200)]


def test_pyright_finds_the_wrong_uses_and_no_others(user):
    (user.folder / "uses.py").write_text(USES.read_text())
    (user.folder / "pyrightconfig.json").write_text('{"typeCheckingMode": "standard"}')
    checker = subprocess.run([UV, "tool", "run", CHECKER, "--version"], capture_output=True, text=True)
    if checker.returncode:
        pytest.skip(f"basedpyright cannot be installed here: {checker.stderr.strip().splitlines()[-1]}")
    python = user.environment / "bin" / "python"
    ended = user.run(UV, "tool", "run", CHECKER, "--outputjson", "--pythonpath", python, "uses.py", code=1)
    found = json.loads(ended.stdout)["generalDiagnostics"]
    errors = {one["range"]["start"]["line"] + 1 for one in found if one["severity"] == "error"}
    assert errors == wrong(), "\n".join(f"{one['range']['start']['line'] + 1}: {one['message']}" for one in found)
