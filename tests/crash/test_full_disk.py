"""A full disk ends a run with a clear error; what was recorded stays, the run can be resumed when there is space."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from runnable.configuration import load_configuration
from runnable.runs.stores.settings import open_store
from runnable_runtime.records.records import Status

PIPE = """
from runnable import Pipeline, PythonTask

def small():
    return 1

def large():
    return "x" * 900_000

def read(a: int, b: str):
    return len(b) + a

steps = [PythonTask(name="small", function=small, returns=["a"])]
steps.append(PythonTask(name="large", function=large, returns=["b"]))
steps.append(PythonTask(name="read", function=read, returns=["c"]))
if __name__ == "__main__":
    Pipeline(steps=steps).execute()
"""


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of half a megabyte; mounting one takes root."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(disk)], capture_output=True, text=True
    )
    if mounted.returncode:
        pytest.skip(f"cannot mount a small file system: {mounted.stderr.strip()}")
    yield disk
    subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.mark.parametrize("kind", ["file-system", "chunked-fs"])
@pytest.mark.skipif(os.name != "posix" or not shutil.which("mount"), reason="needs mount")
def test_a_full_disk_ends_the_run_clearly_and_it_goes_on_with_space(
    tmp_path: Path, small_disk: Path, kind: str
) -> None:
    (tmp_path / "pipe.py").write_text(PIPE)
    (tmp_path / "config.yaml").write_text(f"run-log-store: {{type: {kind}, log_folder: {small_disk}/log}}\n")
    environment = {**os.environ, "RUNNABLE_CONFIGURATION_FILE": "config.yaml", "RUNNABLE_RUN_ID": "r"}
    command = [sys.executable, "pipe.py"]
    ended = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert ended.returncode == 1
    assert "error: cannot write the run's record in " in ended.stderr
    assert "No space left on device" in ended.stderr
    assert "Traceback" not in ended.stderr

    configuration = load_configuration(str(tmp_path / "config.yaml"))
    store = open_store(configuration)
    assert store.read("r").steps["small"].status is Status.SUCCEEDED

    subprocess.run(["mount", "-o", "remount,size=8m", str(small_disk)], check=True)
    again = {**environment, "RUNNABLE_RETRY_RUN_ID": "r"}
    ended = subprocess.run(command, cwd=tmp_path, env=again, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    record = store.read("r")
    assert record.steps["read"].outputs == {"c": 900_001}
    assert [len(step.attempts) for step in record.steps.values()] == [1, 2, 1]
