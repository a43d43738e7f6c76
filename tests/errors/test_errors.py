"""Every mistake has one clear message: `cases/<code>_<what>/` holds a command, its files, and what is printed.

`pytest --update-golden` rewrites the `expected` files; a new case is a new folder.
"""

import os
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from runnable.diagnostics.codes import all_codes

CASES = Path(__file__).parent / "cases"
ROOT = Path(__file__).parents[2]

# Codes that take more than a folder of files to bring about; the test that does is named.
ELSEWHERE = {
    "RN207": "tests/integration/test_command_line.py",
    "RN406": "tests/unit/execution",
    "RN501": "tests/unit/argo",
}


def run(case: Path, folder: Path) -> str:
    arguments = shlex.split((case / "command").read_text())
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RUNNABLE_")}
    environment |= {"RUNNABLE_VAR_folder": str(folder), "COLUMNS": "100"}
    if case.name.startswith("RN405"):
        subprocess.run(
            [sys.executable, "-m", "runnable.cli", *arguments],
            cwd=case,
            env=environment,
            check=True,
            capture_output=True,
        )
    ended = subprocess.run(
        [sys.executable, "-m", "runnable.cli", *arguments], cwd=case, env=environment, capture_output=True, text=True
    )
    assert "Traceback" not in ended.stderr
    text = f"exit code {ended.returncode}\n{ended.stderr or ended.stdout}"
    return text.replace(str(folder), "$FOLDER").replace(str(case), "$CASE").replace(str(ROOT), "$ROOT")


@pytest.mark.parametrize("name", sorted(p.name for p in CASES.iterdir() if (p / "command").exists()))
def test_a_mistake_is_told_clearly(name, golden, tmp_path):
    golden(CASES / name / "expected", run(CASES / name, tmp_path))


def test_every_code_has_a_case():
    shown = {p.name.split("_")[0] for p in CASES.iterdir()}
    missing = {c.code for c in all_codes()} - shown - ELSEWHERE.keys()
    assert not missing


def test_a_case_shows_the_code_that_it_is_named_after():
    for case in CASES.iterdir():
        assert case.name.split("_")[0] in (case / "expected").read_text(), case.name
