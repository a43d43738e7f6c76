"""Some fifty tasks that misbehave end alike on every executor, and leave the same to the task that follows."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from runnable.runs.stores.chunked_fs import ChunkedStore
from tests.support import misbehaving
from tests.support.images import runtime_image
from tests.support.selection import representative

IN_PROCESS = {
    "aborts",
    "closes_all_descriptors",
    "interrupts_main_from_a_thread",
    "kills_itself",
    "segfaults",
}
"""Those that concern the whole process, which is the run's own where tasks run in it."""


def outcomes(executor, folder, names):
    """What became of each step: its status, outputs, and the message of each attempt."""
    folder.mkdir()
    (folder / "pyproject.toml").touch()
    shutil.copy(misbehaving.__file__, folder / "misdeeds.py")
    (folder / "pipeline.py").write_text("import misdeeds\n\nif __name__ == '__main__':\n    misdeeds.main()\n")
    store = {"type": "chunked-fs", "log_folder": str(folder / "log")}
    (folder / "config.yaml").write_text(json.dumps({"pipeline-executor": executor, "run-log-store": store}))
    variables = {"RUNNABLE_CONFIGURATION_FILE": "config.yaml", "RUNNABLE_RUN_ID": "r", "RUNNABLE_PROGRESS": "none"}
    command = [sys.executable, "pipeline.py", *names]
    ended = subprocess.run(command, cwd=folder, env={**os.environ, **variables}, capture_output=True)
    assert ended.returncode == 0, ended.stderr[-3000:]
    steps = ChunkedStore(folder / "log").read("r").steps
    return {
        path: (step.status, dict(step.outputs), [(attempt.status, attempt.message) for attempt in step.attempts])
        for path, step in steps.items()
    }


def expected(tmp_path, names):
    return outcomes({"type": "local", "enable_parallel": True}, tmp_path / "workers", names)


def test_what_misbehaves_is_the_same_step_in_the_runs_process_and_in_workers(tmp_path: Path) -> None:
    names = [name for name in misbehaving.MISDEEDS if name not in IN_PROCESS]
    found = outcomes({"type": "local"}, tmp_path / "here", names)
    assert found == expected(tmp_path, names)
    looks = {path: seen for path, (_, seen, _) in found.items() if path.rpartition(".")[2].startswith("look") and seen}
    assert len(looks) == len(names)
    assert len({json.dumps(seen) for seen in looks.values()}) == 1, "each is followed by the same"
    misdeeds = {path.split(".")[1]: status for path, (status, *_) in found.items() if path.endswith(".misdeed")}
    assert {name for name, status in misdeeds.items() if status == "failed"} == {
        "exits_with_3", "exits_with_a_text", "exits_with_nothing", "is_interrupted", "leaves", "leaves_with_7",
        "raises", "raises_a_group", "raises_a_text_of_many_lines", "raises_what_has_no_text",
        "raises_with_notes", "reads_what_nobody_types", "recurses", "returns_a_generator", "returns_a_lambda",
        "returns_nan", "runs_out_of_files", "takes_too_long",
    }  # fmt: skip


@pytest.mark.docker
@pytest.mark.timeout(600)
@pytest.mark.parametrize("executor", representative(["emulator", "container", "containers"], ["emulator", "container"]))
def test_so_it_is_in_the_entrypoint_and_in_containers(executor: str, tmp_path: Path) -> None:
    container = {"docker_image": runtime_image() if executor != "emulator" else "", "mount_code": True}
    settings = {
        "emulator": {"type": "emulator", "enable_parallel": True},
        "container": {"type": "local-container", "config": {**container, "reuse": True, "enable_parallel": True}},
        "containers": {"type": "local-container", "config": {**container, "enable_parallel": True}},
    }
    names = list(misbehaving.MISDEEDS)
    assert outcomes(settings[executor], tmp_path / "there", names) == expected(tmp_path, names)
