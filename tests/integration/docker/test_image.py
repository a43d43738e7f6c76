"""The runtime image, built and run as a restricted pod would run it."""

import json
import shutil
import subprocess
import sys
import time
import uuid
from pathlib import Path

import pytest

from runnable_runtime import protocol
from runnable_runtime.protocol import ReturnSpec, TaskSpec
from tests.support.paths import ROOT

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

CODE = """
import getpass, os, time

def add(a: int, b: int = 1):
    with open("new.txt", "w") as file:
        file.write(open("data.txt").read())
    return a + b, os.getuid()

def fail():
    raise ValueError("boom")

def wait():
    print("up", flush=True)
    try:
        time.sleep(60)
    finally:
        print("cleaned")

def defines():
    import runnable
    pipeline = runnable.Pipeline(steps=[runnable.PythonTask(name="never", function=fail)])
    pipeline.execute()
    return getpass.getuser()
"""


def docker(*arguments, check=True, **options):
    return subprocess.run(["docker", *arguments], check=check, capture_output=True, text=True, **options)


@pytest.fixture(scope="module")
def image():
    """The image, without a network while it is built and nothing but this project's files in it."""
    tag = f"runnable-test:{uuid.uuid4().hex[:8]}"
    docker("build", "--network", "none", "-t", tag, str(ROOT))
    yield tag
    docker("rmi", "-f", tag, check=False)


@pytest.fixture(scope="module")
def user_image(image, tmp_path_factory):
    """What a user builds FROM it: their project copied to /app."""
    context = tmp_path_factory.mktemp("context")
    (context / "my-steps").mkdir()
    (context / "my-steps" / "code.py").write_text(CODE)
    (context / "data.txt").write_text("data")
    (context / "hello.ipynb").write_text(
        json.dumps(
            {
                "cells": [
                    {
                        "cell_type": "code",
                        "execution_count": None,
                        "metadata": {},
                        "outputs": [],
                        "source": "y = x + 1\nprint('hello')\nopen('new.txt', 'w').close()",
                    }
                ],
                "metadata": {},
                "nbformat": 4,
                "nbformat_minor": 4,
            }
        )
    )
    (context / "Dockerfile").write_text(f"FROM {image}\nCOPY . /app\n")
    docker("build", "--network", "none", "-t", f"{image}-user", str(context))
    yield f"{image}-user"
    docker("rmi", "-f", f"{image}-user", check=False)


MISSING = "add() needs the parameter 'a', and has no value for it (known: none)"
RESTRICTED = [
    *("--read-only", "--tmpfs", "/tmp:mode=1777", "--network", "none"),
    *("--cap-drop", "ALL", "--security-opt", "no-new-privileges"),
]


def arguments(kind, target, *returns, inputs="", number=protocol.PROTOCOL_VERSION):
    spec = TaskSpec(kind, target, "step", tuple(map(ReturnSpec.decode, returns)))
    return ["--protocol", str(number), "--spec", json.dumps(spec.to_json()), "--inputs", inputs]


def run(image, task, *, options=()):
    return docker("run", "--rm", *RESTRICTED, *options, image, *task, check=False, timeout=120)


@pytest.fixture
def shared(tmp_path):
    """A folder that any user may write to, mounted in the container at /out."""
    folder = tmp_path / "out"
    folder.mkdir()
    folder.chmod(0o777)
    return folder


@pytest.mark.parametrize("user", ["1000:1000", "123456:0"])
def test_a_task_runs_as_any_user_on_a_read_only_root(user_image, shared, user):
    task = arguments("python", "my-steps.code:add", "sum", "uid", inputs='{"a": "41"}')
    ended = run(
        user_image, [*task, "--outputs", "/out/a/outputs.json"], options=["--user", user, "-v", f"{shared}:/out"]
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "")
    assert (shared / "a" / "outputs.json").read_text() == f'{{"sum":42}}\n{{"uid":{user.partition(":")[0]}}}\n'


def test_without_a_place_for_outputs_they_go_to_the_protocols(user_image):
    script = f'python -m runnable_runtime "$@" && cat {protocol.DEFAULT_OUTPUTS_PATH}'
    task = arguments("shell", "export x=$(id -u)", "x")
    ended = docker("run", "--rm", *RESTRICTED, "--entrypoint", "sh", user_image, "-c", script, "sh", *task)
    assert ended.stdout == '{"x":1000}\n'


def test_the_images_user_is_a_number_other_than_root(image):
    assert json.loads(docker("inspect", "--format", "{{json .Config}}", image).stdout)["User"] == "1000:1000"


@pytest.mark.parametrize(
    ("task", "code", "last_line"),
    [
        (arguments("python", "my-steps.code:fail"), 1, "ValueError: boom (my-steps/code.py:10 in fail)"),
        (arguments("shell", "echo oh no >&2; exit 9"), 1, "command exited with 9: oh no"),
        (["--nonsense", "1"], 2, "there is no option '--nonsense'"),
        (arguments("python", "my-steps.code:add"), 3, MISSING),
        (arguments("stub", "", number=99), 4, None),
    ],
    ids=["exception", "shell", "usage", "input", "protocol"],
)  # fmt: skip
def test_each_way_to_fail_has_its_exit_code_and_its_message_last(user_image, task, code, last_line):
    ended = run(user_image, task)
    assert ended.returncode == code
    assert last_line in (None, ended.stderr.splitlines()[-1])


def test_the_last_words_are_left_where_kubernetes_reads_them(user_image, tmp_path):
    log = tmp_path / "log"
    log.touch()
    log.chmod(0o666)
    run(user_image, arguments("python", "my-steps.code:fail"), options=["-v", f"{log}:{protocol.TERMINATION_LOG}"])
    assert log.read_text() == "ValueError: boom (my-steps/code.py:10 in fail)"


@pytest.mark.parametrize(
    "task",
    [
        arguments("python", "my-steps.code:wait"),
        arguments("shell", "sh -c 'trap \"echo cleaned; exit\" TERM; echo up; while :; do sleep 0.05; done'"),
    ],
    ids=["python", "shell"],
)
def test_a_stopped_container_lets_the_users_process_clean_up(user_image, task):
    container = docker("run", "-d", *RESTRICTED, user_image, *task).stdout.strip()
    try:
        deadline = time.monotonic() + 60
        while "up" not in docker("logs", container).stdout and time.monotonic() < deadline:
            time.sleep(0.1)
        docker("stop", "-t", "30", container)
        assert docker("inspect", "--format", "{{.State.ExitCode}}", container).stdout.strip() == "143"
        assert docker("logs", container).stdout == "up\ncleaned\n"
    finally:
        docker("rm", "-f", container, check=False)


def test_a_pipeline_that_user_code_executes_does_not_run_inside_of_a_task(user_image):
    ended = run(user_image, arguments("python", "my-steps.code:defines", "user"))
    assert (ended.returncode, ended.stderr) == (0, "")


def test_a_notebook_runs_on_a_read_only_root(user_image):
    """With this environment's own packages, mounted: the test needs no network."""
    pytest.importorskip("ipykernel")
    version = docker(
        "run", "--rm", "--entrypoint", "python", user_image, "-c", "import sys; print(*sys.version_info[:2])"
    )
    if version.stdout.split() != [str(part) for part in sys.version_info[:2]]:
        pytest.skip(f"the image has Python {version.stdout.strip()}, so that it cannot use these packages")
    packages = Path(pytest.importorskip("zmq").__file__).parent.parent
    options = ["-v", f"{packages}:/packages:ro", "-e", "PYTHONPATH=/opt/runnable:/packages", "--user", "4321"]
    ended = run(user_image, arguments("notebook", "hello.ipynb", "y", inputs='{"x": 1}'), options=options)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "hello\n", "")


def test_the_image_needs_no_package_but_python(image):
    script = "import runnable, runnable_runtime.entrypoint"
    ended = docker("run", "--rm", *RESTRICTED, "--entrypoint", "python", image, "-S", "-c", script)
    assert ended.stderr == ""


def test_code_in_the_image_is_compiled_already(image):
    ended = docker("run", "--rm", "--entrypoint", "find", image, "/opt/runnable", "-name", "*.pyc")
    sources = [path for path in (ROOT / "runtime_image" / "runnable_runtime").rglob("*.py")]
    assert ended.stdout.count("/runnable_runtime/") == len(sources)


def test_packages_for_all_tasks_can_be_built_in(tmp_path):
    """EXTRAS goes to `pip install`, of which `--help` is the one use that needs no network."""
    context = tmp_path / "context"
    ignored = shutil.ignore_patterns(".venv", ".git", ".*_cache", "__pycache__")
    for name in ("compiler", "runtime_image"):
        shutil.copytree(ROOT / name, context / name, ignore=ignored)
    for name in ("Dockerfile", "pyproject.toml"):
        shutil.copy(ROOT / name, context)
    tag = f"runnable-test:{uuid.uuid4().hex[:8]}"
    try:
        options = ["--no-cache", "--network", "none", "--build-arg", "EXTRAS=--help"]  # a cached step prints nothing
        ended = docker("build", *options, "-t", tag, str(context))
        assert "Install Options:" in ended.stdout
    finally:
        docker("rmi", "-f", tag, check=False)


# --- process 1 ---


def test_orphans_are_waited_for(user_image):
    """A process whose parent has ended goes to process 1; unless that waits for it, it stays as a zombie."""
    script = """
        for i in 1 2 3; do (sh -c 'sleep 0.1 & exit'); done
        sleep 0.6
        echo "zombies: $(grep -l '^State:.Z' /proc/[0-9]*/status | wc -l)"
        echo "process 1: $(tr '\\0' ' ' </proc/1/cmdline | cut -c1-26)"
    """
    assert run(user_image, arguments("shell", script)).stdout == "zombies: 0\nprocess 1: python -m runnable_runtime\n"


def test_a_task_is_not_process_1_and_signals_do_to_it_what_they_do_elsewhere(user_image):
    """Process 1 ignores a signal that it has no handler for; a user's function that resets one expects to die of it."""
    task = arguments("shell", 'python -c "import os, signal; os.kill(os.getpid(), signal.SIGUSR1)"')
    ended = run(user_image, task)
    assert ended.returncode == 1
    assert "command exited with 138" in ended.stderr or "User defined signal 1" in ended.stderr


def test_sigterm_ends_a_container_within_its_grace(user_image):
    container = docker("run", "-d", *RESTRICTED, user_image, *arguments("python", "my-steps.code:wait")).stdout.strip()
    try:
        deadline = time.monotonic() + 60
        while "up" not in docker("logs", container).stdout and time.monotonic() < deadline:
            time.sleep(0.1)
        docker("kill", "--signal", "TERM", container)
        assert docker("wait", container, timeout=60).stdout.strip() == "143"
    finally:
        docker("rm", "-f", container, check=False)


# --- what the image is ---


def test_the_image_says_what_it_is(image):
    labels = json.loads(docker("inspect", "--format", "{{json .Config.Labels}}", image).stdout)
    assert labels[protocol.PROTOCOL_LABEL] == str(protocol.PROTOCOL_VERSION)
    assert {"title", "description", "licenses"} <= {key.rpartition(".")[2] for key in labels}


def test_two_builds_have_the_same_content(image):
    """Names, modes and bytes of all that the build adds; times are those of the build."""
    again = f"{image}-again"
    docker("build", "--no-cache", "--network", "none", "-t", again, str(ROOT))
    try:
        listing = (
            "cd /opt/runnable && find . -type f | sort | xargs sha256sum; find . -exec stat -c '%a %U %n' {} + | sort"
        )
        found = [docker("run", "--rm", "--entrypoint", "sh", one, "-c", listing).stdout for one in (image, again)]
    finally:
        docker("rmi", "-f", again, check=False)
    assert found[0] == found[1] != ""


def test_the_image_adds_little_to_its_base(image):
    sizes = [int(docker("inspect", "--format", "{{.Size}}", one).stdout) for one in (image, "python:3.11-slim")]
    assert sizes[0] - sizes[1] < 12_000_000  # our code, 3.6 MB, and its bytecode, 6.1 MB
