"""podman answers as Docker does: an image is built and tasks run in it, through a socket of podman's own service."""

import contextlib
import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest

from tests.support.commands import command
from tests.support.images import docker

pytestmark = [
    pytest.mark.docker,
    pytest.mark.timeout(600),
    pytest.mark.skipif(shutil.which("podman") is None, reason="podman is not installed"),
]
BASE = "python:3.11-slim"
SETTINGS = """
[engine]
cgroup_manager = "cgroupfs"  # no systemd is needed
events_logger = "file"
[containers]
default_ulimits = ["nofile=1024:1024", "nproc=4096:4096"]  # what any user may have
"""
STORAGE = """
[storage]
driver = "overlay"
runroot = "{folder}/run"
graphroot = "{folder}/images"
[storage.options.overlay]
skip_mount_home = "true"  # nothing is left mounted
"""
PIPELINE = """
import os, sys
from runnable import Map, Parallel, Pipeline, PythonTask, ShellTask

def host():
    return open("/etc/hostname").read().strip()

def double(item):
    print("doubling", item)
    return 2 * item

def fail():
    raise ValueError("as is meant")

def main():
    branch = lambda: PythonTask(name="host", function=host, returns=["host"]).as_pipeline()
    failing = PythonTask(name="fail", function=fail)
    failing.on_failure = PythonTask(name="mend", function=host, returns=["mended"]).as_pipeline()
    pipeline = Pipeline(steps=[
        Parallel(name="p", branches={"one": branch(), "two": branch()}),
        ShellTask(name="user", command="export user=$(id -u)", returns=["user"]),
        Map(name="m", branch=PythonTask(name="double", function=double, returns=["doubled"]).as_pipeline(),
            iterate_on="items", iterate_as="item"),
        failing,
    ])
    pipeline.execute()
    return pipeline

if __name__ == "__main__":
    main()
"""


@pytest.fixture(scope="module")
def podman():
    """The environment that has podman's service as the engine, with images of its own and BASE among them."""
    folder = Path(tempfile.mkdtemp(prefix="podman-"))
    (folder / "containers.conf").write_text(SETTINGS)
    (folder / "storage.conf").write_text(STORAGE.format(folder=folder))
    own = {"CONTAINERS_CONF": str(folder / "containers.conf"), "CONTAINERS_STORAGE_CONF": str(folder / "storage.conf")}
    environment = {**os.environ, **own, "DOCKER_HOST": f"unix://{folder}/podman.sock"}
    environment.pop("DOCKER_CONTEXT", None)
    try:
        if reason := _reason_without_containers(folder, environment):
            pytest.skip(reason)
        with _service(folder, environment):
            yield environment
    finally:
        for words in (["rm", "-a", "-f"], ["rmi", "-a", "-f"]):
            subprocess.run(["podman", *words], env=environment, capture_output=True)
        shutil.rmtree(folder, ignore_errors=True)


def _reason_without_containers(folder, environment):
    """Why podman cannot run a container of BASE here; empty if it can."""
    saved = subprocess.run(["docker", "save", "-o", folder / "base.tar", BASE], capture_output=True, text=True)
    if saved.returncode:
        return f"there is no {BASE} to give to podman: {saved.stderr}"
    run = ["run", "--rm", "--network", "none", f"localhost/{BASE}", "python", "-V"]
    for words in (["load", "-i", folder / "base.tar"], run):
        ended = subprocess.run(["podman", *words], env=environment, capture_output=True, text=True)
        if ended.returncode:
            return f"podman cannot run containers here: {ended.stderr}"
    return ""


@contextlib.contextmanager
def _service(folder, environment):
    with (folder / "log").open("w") as log:
        words = ["podman", "system", "service", "--time=0", environment["DOCKER_HOST"]]
        service = subprocess.Popen(words, env=environment, stdout=log, stderr=log)
        try:
            while not (folder / "podman.sock").exists():
                assert service.poll() is None, (folder / "log").read_text()
                time.sleep(0.1)
            yield
        finally:
            service.terminate()
            service.wait(30)


@pytest.fixture(scope="module")
def project(podman, tmp_path_factory):
    """A project, and the configuration that has the image of it, which is built by podman."""
    folder = tmp_path_factory.mktemp("project")
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "p"\nversion = "1"\ndependencies = ["runnable-pipelines"]\n'
    )
    (folder / "pipeline.py").write_text(PIPELINE)
    (folder / "parameters.yaml").write_text("items: [1, 2, 3]\n")
    reference = runnable(folder, podman, "image", "build", "--network", "none", "--base-image", BASE).stdout.strip()
    assert reference.startswith("p:")
    for name, reuse in (("each", False), ("shared", True)):
        config = {"docker_image": reference, "enable_parallel": True, "reuse": reuse}
        sections = {
            "pipeline-executor": {"type": "local-container", "config": config},
            "run-log-store": {"type": "chunked-fs"},
        }
        (folder / f"{name}.yaml").write_text(json.dumps(sections))
    return folder


def runnable(folder, environment, *arguments, code=0):
    ended = command(*arguments, cwd=folder, environment=environment)
    assert ended.returncode == code, ended.stderr
    return ended


@pytest.mark.parametrize("config", ["each", "shared"])
def test_a_pipeline_runs_in_the_image_that_podman_has_built(config, project, podman):
    given = ["-p", "parameters.yaml", "-c", f"{config}.yaml"]
    ended = runnable(project, podman, "run", *given, "--run-id", config, "pipeline.py")
    assert "doubling 3" in ended.stdout
    shown = runnable(project, podman, "show", config, "-c", f"{config}.yaml", "--format", "json").stdout
    steps = {step["path"]: step for step in json.loads(shown)["steps"]}
    outputs = {path: step["attempts"][-1].get("outputs") for path, step in steps.items() if step.get("attempts")}
    assert [outputs[f"m.{n}.double"] for n in range(3)] == [{"doubled": 2}, {"doubled": 4}, {"doubled": 6}]
    assert outputs["user"] == {"user": 1000}
    assert (outputs["p.one.host"] == outputs["p.two.host"]) == (config == "shared")
    assert steps["fail"]["attempts"][-1]["message"] == "ValueError: as is meant (pipeline.py:13 in fail)"
    assert docker("ps", "-aq", "--filter", f"label=io.runnable.run={config}", env=podman).stdout == ""


def test_an_instruction_that_fails_is_named(project, podman):
    (project / "failing.Dockerfile").write_text("ARG BASE\nFROM ${BASE}\nRUN echo oh no && exit 7\n")
    given = ["--network", "none", "--base-image", BASE, "--file", "failing.Dockerfile"]
    said = runnable(project, podman, "image", "build", *given, code=5).stderr
    assert "oh no\n" in said
    assert "error[RN705]: the image p:" in said
    assert "the instruction is RUN echo oh no && exit 7" in said


def test_an_image_that_cannot_be_had(project, podman):
    config = {"pipeline-executor": {"type": "local-container", "config": {"docker_image": "localhost:1/no/such:1"}}}
    (project / "none.yaml").write_text(json.dumps(config))
    said = runnable(project, podman, "run", "-p", "parameters.yaml", "-c", "none.yaml", "pipeline.py", code=4).stderr
    assert "error[RN702]: there is no image 'localhost:1/no/such:1'" in said
