"""Targets, executors and stores of another distribution, which is installed for these tests."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.plugins import install

PIPELINE = """
from runnable import Catalog, Pipeline, PythonTask, ShellTask, pickled

def make():
    return {1, 2}

def count(numbers):
    return len(numbers)

Pipeline(steps=[
    PythonTask(name="make", function=make, returns=[pickled("numbers")]),
    PythonTask(name="count", function=count, returns=["found"]),
    ShellTask(name="write", command="echo $found > found.txt", catalog=Catalog(put=["found.txt"])),
    ShellTask(name="read", command="export read=$(cat found.txt)", returns=["read"],
              catalog=Catalog(get=["found.txt"])),
], name="counted").execute()
"""
SHELVES = """
run-log-store: {type: shelf, config: {shelf: shelf}}
catalog: {type: shelf, config: {shelf: shelf}}
"""


@pytest.fixture(scope="module")
def packages(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return install(tmp_path_factory.mktemp("plugin"))


@pytest.fixture
def run(tmp_path: Path, packages: Path):
    (tmp_path / "pipeline.py").write_text(PIPELINE)

    def command(*arguments: str, configuration: str = "") -> subprocess.CompletedProcess[str]:
        (tmp_path / "config.yaml").write_text(configuration)
        path = os.pathsep.join(filter(None, (str(packages), os.environ.get("PYTHONPATH", ""))))
        environment = {**os.environ, "PYTHONPATH": path}
        if configuration:
            environment["RUNNABLE_CONFIGURATION_FILE"] = "config.yaml"
        return subprocess.run(
            [sys.executable, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
        )

    return command


def test_a_target_of_another_distribution_compiles(run):
    ended = run("-m", "runnable.cli", "compile", "--target", "count", "--name", "mine", "pipeline.py")
    assert (ended.returncode, ended.stdout) == (0, "mine: 4 tasks\n"), ended.stderr


def test_an_executor_of_another_distribution_runs(run, tmp_path):
    configuration = "pipeline-executor: {type: shelf, config: {file: diary.txt}}"
    ended = run("pipeline.py", configuration=configuration)
    assert ended.returncode == 0, ended.stderr
    assert (tmp_path / "diary.txt").read_text().endswith(" succeeded\n")


def test_its_settings_are_checked_like_any_others(run):
    ended = run("pipeline.py", configuration="pipeline-executor: {type: shelf, config: {fiel: diary.txt}}")
    assert ended.returncode != 0
    assert "pipeline-executor.config.fiel" in ended.stderr


@pytest.mark.parametrize("executor", ["local", "emulator"])
def test_stores_of_another_distribution_keep_records_files_and_objects(run, tmp_path, executor):
    ended = run("pipeline.py", configuration=f"pipeline-executor: {{type: {executor}}}" + SHELVES)
    assert ended.returncode == 0, ended.stderr
    (record,) = (tmp_path / "shelf" / "records").iterdir()
    assert list((tmp_path / "shelf" / "files").rglob("found.txt"))
    shown = run("-m", "runnable.cli", "show", record.stem, "--format", "json", configuration=SHELVES)
    assert '"read": "2"' in shown.stdout or '"read": 2' in shown.stdout, shown.stderr


@pytest.mark.parametrize("executor", ["local", "emulator"])
def test_a_source_of_secrets_of_another_distribution_has_them(run, tmp_path, executor):
    secret = 'ShellTask(name="secret", command=\'test "$KEY" = open-sesame\', secrets=["KEY"])'
    (tmp_path / "pipeline.py").write_text(f"from runnable import *\nPipeline(steps=[{secret}]).execute()\n")
    (tmp_path / "drawer").mkdir()
    configuration = f"pipeline-executor: {{type: {executor}}}\nsecrets: {{type: shelf, config: {{drawer: drawer}}}}"
    ended = run("pipeline.py", configuration=configuration)
    assert "[RN410]" in ended.stderr
    assert "put it into drawer/KEY" in ended.stderr
    (tmp_path / "drawer" / "KEY").write_text("open-sesame")
    assert run("pipeline.py", configuration=configuration).returncode == 0


@pytest.mark.parametrize(
    ("type_", "reason"),
    [
        ("broken", "of shelf-plugin 1.0 does not load: ModuleNotFoundError: No module named 'shelf_plugin.absent'"),
        ("unfit", "of shelf-plugin 1.0 is not a SecretType"),
        ("shelve", "env-secrets, shelf, unfit"),
    ],
)
def test_a_source_of_secrets_that_cannot_be_used_is_found_by_check(run, type_, reason):
    ended = run("-m", "runnable.cli", "check", "pipeline.py", configuration=f"secrets: {{type: {type_}}}")
    assert ended.returncode == 4
    assert "secrets.type" in ended.stdout + ended.stderr
    assert reason in ended.stdout + ended.stderr


@pytest.mark.parametrize(
    ("configuration", "key"),
    [
        ("pipeline-executor: {type: broken}", "pipeline-executor.type"),
        ("run-log-store: {type: broken}", "run-log-store.type"),
        ("catalog: {type: broken}", "catalog.type"),
    ],
)
def test_a_plugin_that_does_not_load_is_named_with_its_distribution_and_the_reason(run, configuration, key):
    ended = run("pipeline.py", configuration=configuration)
    assert ended.returncode != 0
    assert key in ended.stderr
    assert "shelf-plugin 1.0" in ended.stderr
    assert "No module named 'shelf_plugin.absent'" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize("section", ["pipeline-executor", "run-log-store", "catalog"])
def test_a_plugin_of_another_kind_than_its_group_is_refused(run, section):
    ended = run("pipeline.py", configuration=f"{section}: {{type: unfit}}")
    assert ended.returncode != 0
    assert f"{section}.type" in ended.stderr
    assert "of shelf-plugin 1.0 is not a" in ended.stderr
    assert "Traceback" not in ended.stderr


def test_a_target_that_does_not_load_is_named_too(run):
    ended = run("-m", "runnable.cli", "compile", "--target", "broken", "pipeline.py")
    assert ended.returncode != 0
    assert "shelf-plugin 1.0" in ended.stderr
    assert "Traceback" not in ended.stderr


@pytest.mark.parametrize(
    ("configuration", "known"),
    [
        ("pipeline-executor: {type: shelve}", "shelf"),
        ("run-log-store: {type: shelve}", "shelf"),
        ("catalog: {type: shelve}", "shelf"),
    ],
)
def test_plugins_are_among_what_is_proposed(run, configuration, known):
    ended = run("pipeline.py", configuration=configuration)
    assert ended.returncode != 0
    assert known in ended.stderr
