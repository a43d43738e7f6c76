"""`runnable image build`: from a project to an image that its pipelines run in, called by what went in."""

import json
import os
import subprocess
import sys
import uuid

import pytest

from tests.support.images import docker, image_id
from tests.support.registry import registry
from tests.support.selection import thorough

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

PIPELINE = """
from steps.work import add
from runnable import Pipeline, PythonTask

def main():
    pipeline = Pipeline(steps=[PythonTask(name="add", function=add, returns=["sum"])])
    pipeline.execute()
    return pipeline

if __name__ == "__main__":
    main()
"""


@pytest.fixture
def project(tmp_path):
    """A project without packages but this one, which is in the runtime image: its build needs no network."""
    folder = tmp_path / "My Project"
    (folder / "steps").mkdir(parents=True)
    (folder / "pyproject.toml").write_text(
        '[project]\nname = "the.project"\nversion = "1"\ndependencies = ["runnable-pipelines"]\n'
    )
    (folder / "pipeline.py").write_text(PIPELINE)
    (folder / "steps" / "work.py").write_text("def add(): return 40 + 2\n")
    (folder / "steps" / "work.py").chmod(0o600)
    (folder / ".venv").mkdir()
    (folder / ".venv" / "large").write_text("not in the image")
    return folder


@pytest.fixture
def name():
    """A name for images that are removed afterwards."""
    one = f"runnable-test-{uuid.uuid4().hex[:8]}"
    yield one
    found = docker("images", "--format", "{{.Repository}}:{{.Tag}}", f"*{one}*").stdout.split()
    found += docker("images", "--format", "{{.Repository}}:{{.Tag}}", f"*/*{one}*").stdout.split()
    if found:
        docker("rmi", "-f", *set(found), check=False)


def command(project, *arguments, code=0, **environment):
    ended = subprocess.run(
        [sys.executable, "-m", "runnable.cli", *arguments], cwd=project, capture_output=True, text=True,
        env={**os.environ, **environment},
    )  # fmt: skip
    assert ended.returncode == code, ended.stderr
    return ended


def build(project, *arguments, base="python:3.11-slim", code=0, **environment):
    offline = ["--network", "none", "--base-image", base]
    return command(project, "image", "build", *offline, *arguments, code=code, **environment)


def inside(image, script):
    return docker("run", "--rm", "--network", "none", "--entrypoint", "sh", image, "-c", script).stdout


def test_a_pipeline_runs_in_the_image_of_its_project(project, name):
    reference = build(project, "--name", name).stdout.strip()
    (project / "config.yaml").write_text(
        f"pipeline-executor: {{type: local-container, config: {{docker_image: '{reference}'}}}}"
    )
    command(project, "run", "-c", "config.yaml", "--run-id", "it", "pipeline.py")
    assert '"outputs":{"sum":42}' in (project / ".run_log_store" / "it" / "run.jsonl").read_text()


def test_what_is_private_here_can_be_read_by_any_user_and_is_compiled(project, name):
    reference = build(project, "--name", name).stdout.strip()
    assert inside(reference, "id -u; cat steps/work.py; ls steps/__pycache__ | head -1; ls -A").split("\n") == [
        "1000",
        "def add(): return 40 + 2",
        "work.cpython-311.pyc",
        *sorted([".runnable.Dockerfile", "pipeline.py", "pyproject.toml", "steps", "__pycache__"]),
        "",
    ]


def test_the_tag_is_made_of_what_goes_in(project, name):
    first = build(project, "--name", name)
    assert first.stdout.startswith(f"{name}:")
    again = build(project, "--name", name)
    assert again.stdout == first.stdout
    assert f"{name}:{first.stdout.strip().rpartition(':')[2]} is there already" in again.stderr
    (project / ".venv" / "large").write_text("other")
    (project / "steps" / "work.py").touch()
    assert build(project, "--name", name).stdout == first.stdout
    (project / "steps" / "work.py").write_text("def add(): return 43\n")
    assert build(project, "--name", name).stdout != first.stdout


def test_an_image_is_called_after_its_project_and_can_have_more_names(project, name):
    (project / "pyproject.toml").write_text(f'[project]\nname = "{name}"\nversion = "1"\n')
    reference = build(project, "-t", "latest", "-t", "v1").stdout.strip()
    assert image_id(reference) == image_id(f"{name}:latest") == image_id(f"{name}:v1") != ""


def test_the_dockerfile_can_be_written_changed_and_used(project, name):
    written = command(project, "image", "build", "--write-dockerfile")
    assert written.stdout == ""
    assert written.stderr.count("wrote ") == 2
    assert ".venv" in (project / ".dockerignore").read_text().split()
    with (project / "Dockerfile").open("a") as file:
        file.write("ENV OWN=1\n")
    built = build(project, "--name", name)
    assert "by the project's Dockerfile" in built.stderr
    assert inside(built.stdout.strip(), "echo $OWN") == "1\n"
    assert "is there already" in command(project, "image", "build", "--write-dockerfile", code=5).stderr


def test_a_written_dockerfile_builds_by_hand(project, name):
    (project / "steps" / "work.py").chmod(0o644)  # by hand, modes stay as they are
    command(project, "image", "build", "--write-dockerfile")
    base = command(project, "image", "base", "--base-image", "python:3.11-slim").stdout.strip()
    docker("build", "--network", "none", "--build-arg", f"BASE={base}", "-t", f"{name}:hand", str(project))
    assert inside(f"{name}:hand", "python -c 'import steps.work; print(steps.work.add())'") == "42\n"


def test_a_dockerignore_is_heeded(project, name):
    (project / ".dockerignore").write_text("# a comment\n.venv\n**/*.secret\n!steps/kept.secret\n")
    (project / "steps" / "gone.secret").touch()
    (project / "steps" / "kept.secret").touch()
    reference = build(project, "--name", name).stdout.strip()
    assert inside(reference, "ls -A | grep venv; ls steps | grep secret") == "kept.secret\n"


def test_secrets_and_large_folders_are_pointed_out(project, name):
    (project / ".dockerignore").write_text(".venv\n")
    (project / ".env").write_text("PASSWORD=1")
    with (project / "data.bin").open("wb") as file:
        file.truncate(101 << 20)
    said = build(project, "--name", name).stderr
    assert "left out, as they may hold secrets: .env" in said
    assert "data.bin 106 MB" in said


def test_a_dockerfile_without_the_runtime_is_refused(project, name):
    (project / "Dockerfile").write_text("FROM python:3.11-slim\n")
    ended = build(project, "--name", name, code=5)
    assert "error[RN709]: what Dockerfile builds has no runtime to run steps with" in ended.stderr
    assert docker("images", "-q", name).stdout == ""
    command(project, "image", "build", "--write-dockerfile", "--file", "pipelines.Dockerfile")
    assert build(project, "--name", name, "--file", "pipelines.Dockerfile").stdout.startswith(f"{name}:")


def test_a_failed_instruction_is_named(project, name):
    (project / "Dockerfile").write_text("ARG BASE\nFROM ${BASE}\nRUN echo oh no && exit 7\n")
    ended = build(project, "--name", name, code=5)
    assert ended.stdout == ""
    assert "oh no" in ended.stderr
    assert "returned a non-zero code: 7" in ended.stderr
    assert "the instruction is RUN echo oh no && exit 7" in ended.stderr


def test_a_base_image_that_is_not_there(project):
    ended = build(project, base="localhost:1/no-such-image:1", code=5)
    assert "error[RN705]: the image runnable-runtime:" in ended.stderr
    assert "the image localhost:1/no-such-image:1 is not on this machine and cannot be pulled: " in ended.stderr
    assert "the instruction is FROM localhost:1/no-such-image:1\n" in ended.stderr


def test_a_base_image_for_another_platform(project):
    ended = build(project, "--platform", "linux/riscv64", code=5)
    assert "cannot be built: " in ended.stderr
    assert "what it starts from is for linux/" in ended.stderr
    assert "`docker pull --platform linux/riscv64 IMAGE`" in ended.stderr


@pytest.mark.parametrize(
    ("dockerfile", "said"),
    [
        ("RNU x", "cannot be built: dockerfile parse error line 3: unknown instruction: RNU"),
        ("COPY nothere .", "cannot be built: COPY failed: file not found in build context"),
        # what a build finds full there is not the disk, but a file system of 64 MB; it is told in the same words
        ("RUN dd if=/dev/zero of=/dev/shm/full bs=1M", "there is no space left where the engine builds it"),
        ("RUN echo 'ERROR: No matching distribution found for a-b>=3' && pip --no", "there is no package a-b>=3 for "),
    ],
)
def test_what_is_wrong_with_a_dockerfile(project, name, dockerfile, said):
    (project / "Dockerfile").write_text(f"ARG BASE\nFROM ${{BASE}}\n{dockerfile}\n")
    ended = build(project, "--name", name, code=5)
    assert f"error[RN705]: the image {name}:" in ended.stderr
    assert said in ended.stderr


@pytest.mark.parametrize(
    ("requirement", "said"),
    [
        ("not a requirement!!", "cannot be built: pip says: Invalid requirement: 'not a requirement!!'"),
        ("no-such-package", "cannot be built: the package index cannot be reached"),
    ],
)
def test_a_package_that_cannot_be_installed(project, name, requirement, said):
    (project / "requirements.txt").write_text(f"{requirement}\n")
    (project / "pyproject.toml").unlink()
    ended = build(project, "--name", name, code=5)
    assert said in ended.stderr
    assert "the instruction is RUN python -m pip install -r requirements.txt" in ended.stderr


def test_files_that_cannot_be_packed(project, name):
    """A file system that is full is the same to the command as a limit on how large its files get."""
    (project / "large").write_bytes(os.urandom(1 << 20))
    limited = ["bash", "-c", 'ulimit -f 512; exec "$@"', "-", sys.executable, "-m", "runnable.cli"]
    given = ["image", "build", "--network", "none", "--base-image", "python:3.11-slim", "--no-cache", "--name", name]
    ended = subprocess.run([*limited, *given], cwd=project, capture_output=True, text=True)
    assert ended.returncode == 5
    assert "its files cannot be packed: File too large" in ended.stderr
    (project / ".dockerignore").write_bytes(b"\xff")
    assert ".dockerignore cannot be read" in build(project, "--name", name, code=5).stderr


def test_packages_of_another_tool_are_not_guessed(project):
    (project / "pyproject.toml").write_text("[tool.poetry.dependencies]\npandas = '*'\n")
    assert "those of [tool.poetry] are not read): add a requirements.txt" in build(project, code=4).stderr


def test_an_image_is_pushed_and_pulled(project, name, tmp_path):
    with registry() as server:
        pushed = build(project, "--name", f"{server.address}/team/{name}", "--push", "-t", "v1").stdout.strip()
        tag, _, digest = pushed.rpartition("@")
        repository, _, _ = tag.rpartition(":")
        assert ("team/" + name, digest) in server.manifests
        assert ("team/" + name, "v1") in server.manifests
        docker("rmi", "-f", tag, f"{repository}:v1")
        assert image_id(pushed) == ""
        (project / "config.yaml").write_text(
            f"pipeline-executor: {{type: local-container, config: {{docker_image: '{pushed}'}}}}"
        )
        assert f"pulling {pushed}" in command(project, "run", "-c", "config.yaml", "pipeline.py").stderr
        docker("rmi", "-f", pushed)


@pytest.mark.skipif("BUILDX_BUILDER" not in os.environ, reason="BUILDX_BUILDER names no builder (docs/testing.md)")
def test_an_image_for_several_platforms_is_pushed_by_buildx_and_runs(project, name):
    with registry() as server:
        base = f"{server.address}/{name}/python:3.11-slim"
        docker("tag", "python:3.11-slim", base)
        docker("push", base)
        asked = ["--name", f"{server.address}/team/{name}", "-t", "v1", "--platform", "linux/amd64,linux/amd64/v2"]
        pushed = build(project, *asked, "--push", base=base).stdout.strip()
        digest = pushed.partition("@")[2]
        assert ("team/" + name, "v1") in server.manifests
        index, _ = server.manifests["team/" + name, digest]
        platforms = [one["platform"] for one in json.loads(index)["manifests"]]
        assert {"amd64", "amd64v2"} <= {one["architecture"] + one.get("variant", "") for one in platforms}
        (project / "config.yaml").write_text(
            f"pipeline-executor: {{type: local-container, config: {{docker_image: '{pushed}'}}}}"
        )
        assert f"pulling {pushed}" in command(project, "run", "-c", "config.yaml", "pipeline.py").stderr
        docker("rmi", "-f", pushed)


@pytest.mark.parametrize("more", [[], ["--push", "--load", "kind"]])
def test_an_image_for_several_platforms_that_nothing_would_have(project, more):
    ended = build(project, "--platform", "linux/amd64,linux/arm64", *more, code=2)
    assert "error: an image for several platforms is in no engine and in no kind cluster\n = help: push" in ended.stderr


def test_a_registry_that_does_not_answer(project, name):
    ended = build(project, "--name", f"localhost:1/{name}", "--push", code=5)
    assert f"error[RN706]: localhost:1/{name}:" in ended.stderr
    assert ended.stdout == ""


@pytest.mark.parametrize(("target", "more"), [thorough(("kind", "")), ("kind:runnable", " --name runnable")])
def test_an_image_is_loaded_by_kinds_own_command(project, name, tmp_path, target, more):
    """kind needs an image of its own to make a cluster: its place is taken by a note of how it was called."""
    tools = tmp_path / "tools"
    tools.mkdir()
    (tools / "kind").write_text(f'#!/bin/sh\necho "$@" > {tools}/called\n')
    (tools / "kind").chmod(0o755)
    path = f"{tools}:{os.environ['PATH']}"
    reference = build(project, "--name", name, "--load", target, PATH=path).stdout.strip()
    assert (tools / "called").read_text() == f"load docker-image {reference}{more}\n"
    (tools / "kind").write_text("#!/bin/sh\necho no cluster >&2; exit 3\n")
    failed = build(project, "--name", name, "--load", target, PATH=path, code=5).stderr
    assert "no cluster\n" in failed
    assert "ended with 3" in failed


def test_a_command_that_is_missing_is_named(project, name):
    failed = build(project, "--name", name, "--load", "kind", PATH=os.path.dirname(sys.executable), code=5).stderr
    assert "error[RN707]: --load kind needs the command `kind`, which is not there" in failed
    if subprocess.run(["docker", "buildx", "version"], capture_output=True).returncode:
        failed = build(project, "--platform", "linux/amd64,linux/arm64", "--push", code=5).stderr
        assert "error[RN707]: an image for several platforms needs the command `docker buildx`" in failed


def test_an_image_lists_what_it_consists_of(project, name):
    reference = build(project, "--name", name).stdout.strip()
    command(project, "image", "sbom", reference, "-o", "sbom.json")
    found = json.loads((project / "sbom.json").read_text())
    assert {"runnable-pipelines", "libc6"} <= {one["name"] for one in found["components"]}
    assert command(project, "image", "sbom", reference).stdout == (project / "sbom.json").read_text()
    refused = command(project, "image", "sbom", f"{name}:none", code=4).stderr
    assert "RN702" in refused


def test_a_base_image_is_pinned_by_its_digest_until_it_is_pinned_anew(project, name):
    with registry() as server:
        base = f"{server.address}/{name}-base:1"
        docker("tag", "python:3.11-slim", base)
        docker("push", base)
        first = command(project, "image", "pin", base).stdout.strip()
        assert first == (project / ".base-image").read_text().strip()
        assert first.startswith(f"{base}@sha256:")
        assert "nothing has changed" in command(project, "image", "pin").stderr
        built = command(project, "image", "build", "--network", "none", "--name", name).stdout
        docker("commit", "--change", "LABEL new=1", docker("create", base).stdout.strip(), base)
        docker("push", base)
        assert command(project, "image", "build", "--network", "none", "--name", name).stdout == built
        assert command(project, "image", "pin").stdout.strip() != first
        assert command(project, "image", "build", "--network", "none", "--name", name).stdout != built
        assert "RN711" in command(project, "image", "pin", f"{server.address}/none:1", code=5).stderr
