"""Every example gives the same record one step after another and concurrently, and compiles."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "examples").glob("[0-9]*/*.py"))
FAILING = {
    "examples/02-sequential/default_fail.py",
    "examples/02-sequential/on_failure_fail.py",
    "examples/02-sequential/terminate_with_failure.py",
    "examples/06-parallel/branch_fails.py",
    "examples/07-map/item_fails.py",
}
NOT_ON_ARGO_YET = {e for e in EXAMPLES if e[9:11] in ("07", "10", "12") or e.endswith("/conditional.py")}
CONFIGURATIONS = {
    "sequential": "run-log-store: {type: file-system, log_folder: LOGS}\n",
    "concurrent": (
        "pipeline-executor: {type: local, enable_parallel: true}\nrun-log-store: {type: chunked-fs, log_folder: LOGS}\n"
    ),
}


def run(example: str, mode: str, folder: Path) -> subprocess.CompletedProcess[str]:
    configuration = folder / f"{mode}.yaml"
    configuration.write_text(CONFIGURATIONS[mode].replace("LOGS", str(folder / mode)))
    return subprocess.run(
        [sys.executable, example],
        cwd=ROOT,
        env={**os.environ, "RUNNABLE_CONFIGURATION_FILE": str(configuration), "RUNNABLE_RUN_ID": "the-run"},
        capture_output=True,
        text=True,
    )


def record(mode: str, folder: Path) -> dict[str, object]:
    """What a run's record says, without its times."""
    from runnable.configuration import load_configuration
    from runnable.execution.stores.settings import open_store

    configuration = load_configuration(str(folder / f"{mode}.yaml"))
    found = open_store(configuration.section("run-log-store"), configuration.file).read("the-run").to_json()
    return sort_steps(json.loads(json.dumps(found), object_hook=without_times))


def sort_steps(found: dict[str, object]) -> dict[str, object]:
    """A record with its steps in the order of their paths: items are recorded when they become known."""
    return {**found, "steps": sorted(found["steps"], key=lambda step: step["path"])}


def without_times(item: dict[str, object]) -> dict[str, object]:
    return {k: v for k, v in item.items() if k not in ("started", "ended")}


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_gives_the_same_record_sequentially_and_concurrently(example, tmp_path):
    for mode in CONFIGURATIONS:
        ended = run(example, mode, tmp_path)
        assert ended.returncode == (1 if example in FAILING else 0), ended.stderr
        assert "/compiler/runnable/" not in ended.stderr  # no frame of ours in what a user reads
    assert record("sequential", tmp_path) == record("concurrent", tmp_path)


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_compiles(example, golden):
    command = [sys.executable, "-m", "runnable.cli", "compile", "--target"]
    for target, suffix in (("ir", "ir"),) if example in NOT_ON_ARGO_YET else (("ir", "ir"), ("argo", "yaml")):
        ended = subprocess.run([*command, target, example], cwd=ROOT, capture_output=True, text=True)
        assert ended.returncode == 0, ended.stderr
        name = example.removeprefix("examples/").replace("/", "-").removesuffix(".py")
        golden(ROOT / "tests" / "golden" / "examples" / f"{name}.{suffix}", ended.stdout)


@pytest.mark.parametrize("example", sorted(NOT_ON_ARGO_YET))
def test_what_does_not_run_on_argo_yet_is_refused_by_name(example):
    command = [sys.executable, "-m", "runnable.cli", "compile", "--target", "argo", example]
    ended = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 3
    assert "on Argo, is not supported yet" in ended.stderr
    assert ended.stdout == ""
