"""What workers are born of starts early where a run will have workers, as far as the text of its configuration says."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from runnable.driver.early import expect_workers
from runnable.execution import keeping
from runnable.ir.nodes import Program
from runnable.ir.unit import CompilationUnit
from tests.support.local_runs import call, of_graph, parallel, program

TWO = of_graph(parallel("p", a=(call("t"),), b=(call("u"),)))
PARALLEL = "pipeline-executor: {type: local, config: {enable_parallel: true}}\n"


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Any]:
    found: list[Any] = []
    monkeypatch.setattr(keeping, "expect_keepers", lambda own: found.append(own))
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("RUNNABLE_CONFIGURATION_FILE", raising=False)
    return found


@pytest.mark.parametrize(
    "text",
    [
        PARALLEL,
        "pipeline-executor:\n  type: local\n  config:\n    enable_parallel: True\n",
        'pipeline-executor: {"type": "local", "config": {"enable_parallel": yes}}\n',
    ],
)
def test_it_starts_if_branches_run_at_the_same_time(tmp_path: Path, started: list[Any], text: str) -> None:
    (tmp_path / "one.yaml").write_text(text)
    expect_workers(CompilationUnit(TWO), "one.yaml")
    assert started == [None]


@pytest.mark.parametrize(
    ("program", "text"),
    [
        (TWO, ""),
        (TWO, PARALLEL.replace("true", "false")),
        (TWO, PARALLEL.replace("local", "local-container")),
        (program(call("t")), PARALLEL),
        (of_graph(parallel("p", a=(call("t", secrets=("TOKEN",)),), b=(call("u"),))), PARALLEL),
    ],
    ids=["no settings", "one after another", "in containers", "nothing beside each other", "secrets"],
)
def test_it_does_not_otherwise(tmp_path: Path, started: list[Any], program: Program, text: str) -> None:
    (tmp_path / "one.yaml").write_text(text)
    expect_workers(CompilationUnit(program), "one.yaml")
    assert started == []


@pytest.mark.parametrize("name", ["missing.yaml", "not-text.yaml"])
def test_a_configuration_that_cannot_be_read_is_left_to_who_reads_it(
    tmp_path: Path, started: list[Any], name: str
) -> None:
    (tmp_path / "not-text.yaml").write_bytes(b"\xff\xfe enable_parallel: true, type: local")
    expect_workers(CompilationUnit(TWO), name)
    assert started == []
