"""Every mistake has one clear message: `cases/<code>_<what>/` holds a command, its files, and what is printed.

What must have been run before it is in `before`; variables for it, one a line, are in `environment`.
`pytest --update-golden` rewrites the `expected` files; a new case is a new folder.
"""

import os
import shlex
from pathlib import Path

import pytest

from runnable.diagnostics.codes import all_codes
from tests.support.commands import command
from tests.support.paths import ROOT

CASES = Path(__file__).parent / "cases"

# Codes that take more than a folder of files to bring about; the test that does is named.
ELSEWHERE = {
    "RN209": "tests/unit/testing",
    "RN365": "tests/unit/execution/test_locking.py",
    "RN207": "tests/integration/test_command_line.py",
    "RN501": "tests/unit/targets/argo",
    "RN904": "tests/integration/test_retry.py",
    "RN913": "tests/unit/runs/stores/test_locks.py",
    "RN914": "tests/integration/test_local_run_interrupts.py",
    "RN906": "tests/integration/test_retry_command.py",
    "RN907": "tests/integration/test_replay.py",
    "RN908": "tests/integration/test_replay.py",
    "RN909": "tests/integration/test_replay.py",
    "RN912": "tests/integration/test_kept_objects.py",
    "RN910": "tests/integration/test_replay.py",
    "RN930": "tests/integration/test_approvals.py",
    "RN931": "tests/integration/test_approvals.py",
    "RN932": "tests/integration/test_approvals.py",
    "RN801": "tests/integration/test_cluster_commands_without_one.py",
    "RN802": "tests/unit/cluster and tests/integration/cluster/test_cluster_refusals.py",
    "RN803": "tests/unit/cluster and tests/integration/cluster/test_cluster_refusals.py",
    "RN804": "tests/unit/cluster and tests/integration/cluster/test_cluster_refusals.py",
    "RN806": "tests/unit/cluster and tests/integration/cluster/test_cluster_refusals.py",
    "RN807": "tests/unit/cluster",
    "RN808": "tests/unit/cluster and tests/integration/cluster/test_cluster_trouble.py",
    "RN702": "tests/integration/docker",
    "RN703": "tests/integration/docker",
    "RN705": "tests/integration/docker",
    "RN706": "tests/integration/docker",
    "RN707": "tests/integration/docker",
    "RN708": "tests/integration/docker",
    "RN709": "tests/integration/docker",
    "RN711": "tests/integration/docker",
    "RN712": "tests/unit/images/test_pinning.py",
    "RN710": "tests/unit/images/test_sbom.py",
}


def run(case: Path, folder: Path) -> str:
    environment = {k: v for k, v in os.environ.items() if not k.startswith("RUNNABLE_")}
    environment |= {"RUNNABLE_VAR_folder": str(folder), "COLUMNS": "100"}
    variables = case / "environment"
    environment |= dict(line.split("=", 1) for line in variables.read_text().splitlines()) if variables.exists() else {}
    before = case / "before"
    for line in before.read_text().splitlines() if before.exists() else ():
        command(*shlex.split(line), cwd=case, environment=environment)
    ended = command(*shlex.split((case / "command").read_text()), cwd=case, environment=environment)
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


def test_what_is_shown_elsewhere_is_where_it_says():
    folders = {place for text in ELSEWHERE.values() for place in text.split(" and ")}
    assert [place for place in folders if not (ROOT / place).exists()] == []


def test_no_two_mistakes_have_one_code():
    codes = [c.code for c in all_codes()]
    assert sorted(codes) == sorted(set(codes))


def test_a_case_shows_the_code_that_it_is_named_after():
    for case in CASES.iterdir():
        assert case.name.split("_")[0] in (case / "expected").read_text(), case.name
