"""Running in containers: one for each task or shared ones, as restricted as pods, and none of them left over."""

import hashlib
import io
import json
import os
import signal
import struct
import subprocess
import sys
import tarfile
import time
import uuid
from pathlib import Path

import pytest

from runnable.diagnostics.errors import ConfigurationError
from runnable.execution.progress.silent import SilentProgress
from runnable.executors.container.run import run
from runnable.executors.container.settings import ContainerSettings, OverrideSettings
from runnable.ir.options import Resources
from runnable.runs.stores.chunked_fs import ChunkedStore
from runnable_runtime.records.records import Status
from tests.support.images import ROOT, docker, image_id, runtime_image
from tests.support.local_runs import call, log_of, parallel, program, shell, statuses, stub

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

CODE = """
import os, sys
def add(a, b=1): return a + b
def here(): return os.getcwd(), sorted(os.listdir()), os.getuid()
def write(): open("new.txt", "w").close(); return os.path.exists("new.txt")
def large(): return len(b"x" * 200_000_000)
def hog(): return len(bytearray(1 << 30))
"""


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """The runtime image, with a project in it."""
    folder = tmp_path_factory.mktemp("image")
    (folder / "functions.py").write_text(CODE)
    (folder / "Dockerfile").write_text(f"FROM {runtime_image()}\nCOPY functions.py /app/\nENV OF_IMAGE=1\n")
    tag = f"runnable-test-containers:{uuid.uuid4().hex[:8]}"
    docker("build", "--network", "none", "-t", tag, str(folder))
    yield tag
    docker("rmi", "-f", tag, check=False)


class Display(SilentProgress):
    """Remembers what it is told, and when."""

    def __init__(self):
        self.seen = []

    def output(self, stream, text):
        self.seen.append((stream, text))

    def notice(self, text):
        self.seen.append(("notice", text))

    def ended(self, step, attempt, attempts, seconds, trace):
        self.seen.append(("ended", step.path))


def execute(folder, image, *nodes, parameters=None, display=None, run_id="", **settings):
    return run(
        program(*nodes, **(parameters or {})),
        ContainerSettings(docker_image=image, **settings),
        ChunkedStore(folder),
        progress=display or SilentProgress(),
        run_id=run_id,
    )


def outputs(record, path):
    return record.steps[path].outputs


def containers(run_id):
    """The names of a run's containers, whether they run or not."""
    return docker("ps", "-a", "--filter", f"label=io.runnable.run={run_id}", "--format", "{{.Names}}").stdout.split()


def wait_until(condition, seconds=60):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_function_runs_from_the_image(image, tmp_path):
    record = execute(tmp_path, image, call("add", reads="a", returns="sum"), parameters={"a": [1]})
    assert record.status is Status.FAILED  # a list and a number
    record = execute(tmp_path, image, call("add", reads="a", returns="sum"), parameters={"a": 41})
    assert outputs(record, "add") == {"sum": 42}
    assert dict(record.steps["add"].attempts[0].inputs) == {"a": 41}
    assert containers(record.run_id) == []


@pytest.mark.parametrize("reuse", [False, True])
def test_a_task_of_200_mb_is_recorded_with_what_it_used_and_its_image(image, tmp_path, reuse):
    size = 200_000_000
    tasks = [call("add", reads="a"), call("large"), call("add2", "add", reads="a")]
    tasks.append(shell("child", f"python -S -c \"x = b'x' * {size}\""))
    record = execute(tmp_path, image, *tasks, parameters={"a": 1}, reuse=reuse)
    attempts = {path: step.attempts[-1] for path, step in record.steps.items()}
    used = attempts["large"].used
    assert used.memory == pytest.approx(size, rel=0.1)
    assert used.memory - used.memory_before == pytest.approx(size, rel=0.1)
    assert used.cpu > 0.01
    assert attempts["child"].used.memory == pytest.approx(size, rel=0.1)
    assert attempts["add2"].used.memory < 0.3 * size
    if not reuse and any(os.path.exists(f"/sys/fs/cgroup/{name}") for name in ("cgroup.controllers", "memory")):
        assert size <= used.container.memory < 1.5 * size
    assert not reuse or used.container is None, "others have used it before"
    assert {one.machine.image for one in attempts.values()} == {image}
    assert {one.machine.digest for one in attempts.values()} == {image_id(image)}


def test_each_task_has_a_container_of_its_own(image, tmp_path):
    tasks = [shell(name, "export host=$(cat /etc/hostname)", returns="host") for name in ("one", "two")]
    record = execute(tmp_path, image, *tasks)
    assert outputs(record, "one") != outputs(record, "two")


def test_with_reuse_tasks_share_a_container_and_start_afresh_in_it(image, tmp_path):
    tasks = [
        shell(
            name, "export host=$(cat /etc/hostname) given=${GIVEN:-none}; touch here", returns="host given", **options
        )
        for name, options in (("one", {}), ("two", {}), ("three", {"env": (("GIVEN", "1"),)}))
    ]
    record = execute(tmp_path, image, *tasks, call("here", returns="folder files user"), reuse=True)
    one, two, three = (outputs(record, name) for name in ("one", "two", "three"))
    assert one == two
    assert three["host"] != one["host"]
    assert (one["given"], three["given"]) == ("none", 1)
    assert outputs(record, "here")["files"] == ["functions.py"]
    assert containers(record.run_id) == []


def test_with_reuse_a_task_has_the_limits_that_it_asks_for_to_itself(image, tmp_path):
    branches = {
        name: (shell("t", "sleep 2; export host=$(cat /etc/hostname)", returns="host", resources=Resources(cpu="1")),)
        for name in ("one", "two")
    }
    record = execute(tmp_path, image, parallel("p", **branches), reuse=True, enable_parallel=True)
    assert outputs(record, "p.one.t") != outputs(record, "p.two.t")


def test_branches_run_at_the_same_time(image, tmp_path):
    branches = {name: (shell("t", "sleep 4"),) for name in ("one", "two")}
    record = execute(tmp_path, image, parallel("p", **branches), enable_parallel=True)
    one, two = (record.steps[f"p.{name}.t"].attempts[0] for name in ("one", "two"))
    assert one.started < two.ended
    assert two.started < one.ended


def test_output_is_shown_while_the_task_runs_and_kept_in_its_log(image, tmp_path):
    display = Display()
    record = execute(tmp_path, image, shell("t", "echo out; sleep 1; echo err >&2; printf half"), display=display)
    assert "".join(text for stream, text in display.seen if stream == "stdout") == "out\nhalf"
    assert ("stderr", "err\n") in display.seen
    assert display.seen[-1] == ("ended", "t")
    assert sorted(log_of(record, "t").replace("half", "half\n").split()) == ["err", "half", "out"]


def test_a_task_is_as_restricted_as_in_a_pod(image, tmp_path):
    check = """
        field() { grep $1 /proc/self/status | cut -f2; }
        export user=$(id -u) capabilities=$(field CapEff) privileges=$(field NoNewPrivs)
        export root=$(touch /x 2>/dev/null && echo yes || echo no) scratch=$(touch /tmp/x && echo yes)
    """
    record = execute(tmp_path, image, shell("t", check.strip(), returns="user capabilities privileges root scratch"))
    found = outputs(record, "t")
    assert found == {"user": 1000, "capabilities": "0000000000000000", "privileges": 1, "root": "no", "scratch": "yes"}


def test_variables_come_from_image_configuration_override_step_and_run(image, tmp_path):
    names = "OF_IMAGE A B C RUNNABLE_RUN_ID RUNNABLE_STEP_ATTEMPT"
    record = execute(
        tmp_path,
        image,
        shell("t", f"export {names}", returns=names, env=(("C", "step"),), overrides=(("local-container", "key"),)),
        environment={"A": "configuration", "B": "configuration", "C": "configuration"},
        overrides={"key": OverrideSettings(environment={"B": "override", "C": "override"})},
        run_id="a-run",
    )
    assert outputs(record, "t") == {
        "OF_IMAGE": 1,
        "A": "configuration",
        "B": "override",
        "C": "step",
        "RUNNABLE_RUN_ID": "a-run",
        "RUNNABLE_STEP_ATTEMPT": 1,
    }


def test_a_step_may_run_in_another_image(image, tmp_path):
    own = shell("own", "export x=${OF_IMAGE:-none}", returns="x", image=runtime_image())
    override = shell("override", "export x=${OF_IMAGE:-none}", returns="x", overrides=(("local-container", "plain"),))
    overrides = {"plain": OverrideSettings(docker_image=runtime_image())}
    record = execute(tmp_path, image, own, override, overrides=overrides)
    assert outputs(record, "own") == outputs(record, "override") == {"x": "none"}


def test_limits_hold(image, tmp_path):
    read = """
        cd /sys/fs/cgroup
        export memory=$(cat memory.max 2>/dev/null || cat memory/memory.limit_in_bytes)
        export cpu=$(cat cpu.max 2>/dev/null || cat cpu/cpu.cfs_quota_us)
    """
    limits = Resources(cpu="500m", memory="64Mi")
    record = execute(tmp_path, image, shell("t", read, returns="memory cpu", resources=limits))
    assert outputs(record, "t")["memory"] == 64 << 20
    assert str(outputs(record, "t")["cpu"]).split()[0] == "50000"


@pytest.mark.parametrize("reuse", [False, True])
def test_a_task_that_takes_too_much_memory_fails_and_says_so(image, tmp_path, reuse):
    hog = call("hog", returns="n", resources=Resources(memory="64Mi"))
    record = execute(tmp_path, image, hog, reuse=reuse)
    assert "memory" in record.steps["hog"].message
    assert containers(record.run_id) == []


def test_more_processors_than_there_are_are_asked_for_in_vain(image, tmp_path):
    display = Display()
    record = execute(tmp_path, image, shell("t", "true", resources=Resources(cpu="512")), display=display)
    assert record.status is Status.SUCCEEDED
    assert any("t asks for 512 processors" in text for stream, text in display.seen if stream == "notice")


@pytest.mark.parametrize("reuse", [False, True])
def test_a_task_that_takes_too_long_is_ended(image, tmp_path, reuse):
    slow = shell("slow", "trap 'echo cleaned; exit' TERM; while :; do sleep 0.05; done", timeout=1)
    record = execute(tmp_path, image, slow, reuse=reuse)
    assert record.steps["slow"].message == "timed out after 1 s"
    assert log_of(record, "slow").endswith("cleaned\n")


def test_a_task_is_tried_again_and_knows_it(image, tmp_path):
    record = execute(tmp_path, image, shell("t", "[ $RUNNABLE_STEP_ATTEMPT = 2 ]", retry=2))
    assert [attempt.status for attempt in record.steps["t"].attempts] == [Status.FAILED, Status.SUCCEEDED]


def test_a_stub_needs_no_container(image, tmp_path):
    record = execute(tmp_path, "an-image-that-nobody-looks-for", stub("a"), stub("b"))
    assert statuses(record) == {"a": "succeeded", "b": "succeeded"}


def test_large_values_go_in_and_come_out(image, tmp_path):
    text = "x" * 2_000_000
    record = execute(tmp_path, image, call("add", reads="a b", returns="sum"), parameters={"a": text, "b": "y"})
    assert outputs(record, "add") == {"sum": text + "y"}


def test_code_that_is_mounted_is_run_instead_of_the_images(image, tmp_path, monkeypatch):
    folder = tmp_path / "project"
    folder.mkdir()
    (folder / "functions.py").write_text(CODE.replace("return a + b", "return a * 100"))
    monkeypatch.chdir(folder)
    nodes = [call("add", reads="a", returns="sum"), call("write", returns="written")]
    record = execute(tmp_path / "logs", image, *nodes, parameters={"a": 1}, mount_code=True)
    assert outputs(record, "add") == {"sum": 100}
    assert outputs(record, "write") == {"written": True}
    assert os.listdir(folder) == ["functions.py"]


def test_a_container_can_be_kept(image, tmp_path):
    record = execute(tmp_path, image, shell("t", "true"), auto_remove_container=False)
    kept = containers(record.run_id)
    try:
        assert len(kept) == 1
        assert kept[0].startswith(f"runnable-{record.run_id}-t-")
    finally:
        docker("rm", "-f", *kept)


# --- what is wrong is told before anything runs ---


def refused(folder, image, *nodes, **settings):
    with pytest.raises(ConfigurationError) as caught:
        execute(folder, image, *nodes or [shell("t", "true")], **settings)
    assert not folder.exists() or not list(folder.iterdir())
    return str(caught.value)


def test_an_image_that_cannot_be_had(tmp_path):
    message = refused(tmp_path / "logs", "localhost:1/no-such-image:1")
    assert (
        "error[RN702]: there is no image 'localhost:1/no-such-image:1', which is wanted by pipeline-executor" in message
    )
    assert "pulling it failed" in message


def test_an_image_of_another_protocol(image, tmp_path):
    tag = f"{image}-other"
    (tmp_path / "Dockerfile").write_text(f"FROM {image}\nLABEL io.runnable.task-protocol=99\n")
    docker("build", "--network", "none", "-t", tag, str(tmp_path))
    try:
        message = refused(tmp_path / "logs", image, shell("other", "true", image=tag))
    finally:
        docker("rmi", "-f", tag)
    assert "error[RN703]" in message
    assert (
        "which is wanted by the step 'other', cannot run tasks: it has task protocol 99, and this runnable has 1"
        in message
    )


def test_an_image_without_the_label_is_asked(image, tmp_path):
    for name, line in (("with", "LABEL io.runnable.task-protocol="), ("without", "ENV PYTHONPATH=/")):
        (tmp_path / "Dockerfile").write_text(f"FROM {image}\nLABEL io.runnable.task-protocol=\n{line}\n")
        docker("build", "--network", "none", "-t", f"{image}-{name}", str(tmp_path))
    try:
        assert execute(tmp_path, f"{image}-with", shell("t", "true")).status is Status.SUCCEEDED
        message = refused(tmp_path / "logs", f"{image}-without")
    finally:
        docker("rmi", "-f", f"{image}-with", f"{image}-without")
    assert "it has no runtime of runnable" in message
    assert "No module named runnable_runtime" in message


def archived(files):
    """The bytes of a tar file of programs, by their paths."""
    with io.BytesIO() as stream:
        with tarfile.open(fileobj=stream, mode="w") as tar:
            for path, content in files.items():
                member = tarfile.TarInfo(path)
                member.size, member.mode = len(content), 0o755
                tar.addfile(member, io.BytesIO(content))
        return stream.getvalue()


def test_an_image_for_another_processor_that_cannot_be_emulated(tmp_path):
    """Its `python` is the header of a program, which no processor here takes."""
    header = struct.pack("<16sHHIQQQIHHHHHH", b"\x7fELF\x02\x01\x01", 2, 0xF3, 1, 0, 0, 0, 0, 64, 56, 0, 64, 0, 0)
    tag, layer = f"runnable-test-foreign:{uuid.uuid4().hex[:8]}", archived({"usr/bin/python": header})
    image = {
        "architecture": "riscv64",
        "os": "linux",
        "config": {"Env": ["PATH=/usr/bin"], "Labels": {"io.runnable.task-protocol": "1"}},
        "rootfs": {"type": "layers", "diff_ids": [f"sha256:{hashlib.sha256(layer).hexdigest()}"]},
    }
    manifest = [{"Config": "image.json", "RepoTags": [tag], "Layers": ["layer.tar"]}]
    files = {"image.json": json.dumps(image), "manifest.json": json.dumps(manifest)}
    (tmp_path / "image.tar").write_bytes(archived({"layer.tar": layer, **{k: v.encode() for k, v in files.items()}}))
    docker("load", "-i", str(tmp_path / "image.tar"))
    try:
        message = refused(tmp_path / "logs", tag)
    finally:
        docker("rmi", "-f", tag)
    assert "error[RN703]" in message
    assert "cannot run tasks: it is for riscv64, and this machine is " in message
    assert "exec format error" in message


def test_an_override_that_is_not_there(image, tmp_path):
    message = refused(tmp_path / "logs", image, shell("t", "true", overrides=(("local-container", "lage"),)),
                      overrides={"large": OverrideSettings()})  # fmt: skip
    assert "pipeline-executor.config.overrides.lage" in message
    assert "did you mean 'large'?" in message


# --- nothing is left over ---

SCRIPT = """
from runnable import Pipeline, ShellTask, Parallel

branch = lambda: ShellTask(name="wait", command="echo up; sleep 300").as_pipeline()
Pipeline(steps=[Parallel(name="p", branches={"one": branch(), "two": branch()})]).execute()
"""


@pytest.fixture
def script(image, tmp_path):
    """Starts a script whose tasks do not end, and waits until they have started."""
    started = []

    def start(run_id, **config):
        (tmp_path / "pipeline.py").write_text(SCRIPT)
        (tmp_path / "config.yaml").write_text(
            json.dumps(
                {
                    "pipeline-executor": {
                        "type": "local-container",
                        "config": {"docker_image": image, "enable_parallel": True, **config},
                    },
                    "run-log-store": {"type": "chunked-fs"},
                }
            )
        )
        environment = {**os.environ, "RUNNABLE_CONFIGURATION_FILE": "config.yaml", "RUNNABLE_RUN_ID": run_id}
        process = subprocess.Popen(
            [sys.executable, "pipeline.py"], cwd=tmp_path, env=environment, stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        started.append(process)
        seen = ""
        while seen.count("up\n") < 2:
            line = process.stdout.readline()
            assert line, seen
            seen += line
        return process

    yield start
    for process in started:
        process.kill()
        process.wait()
        process.stdout.close()


@pytest.mark.parametrize("reuse", [False, True])
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_leaves_no_container(script, tmp_path, reuse, number):
    run_id = f"run-{uuid.uuid4().hex[:8]}"
    process = script(run_id, reuse=reuse)
    assert len(containers(run_id)) == (1 if reuse else 2)
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 1
    assert containers(run_id) == []
    record = ChunkedStore(tmp_path / ".run_log_store").read(run_id)
    assert record.status is Status.INTERRUPTED
    assert statuses(record)["p.one.wait"] == "interrupted"


def test_containers_of_a_killed_run_end_and_the_next_run_removes_them(script, image, tmp_path):
    run_id = f"run-{uuid.uuid4().hex[:8]}"
    process = script(run_id)
    process.kill()
    process.communicate()
    assert len(containers(run_id)) == 2
    running = ["ps", "-q", "--filter", f"label=io.runnable.run={run_id}"]
    wait_until(lambda: docker(*running).stdout == "")
    execute(tmp_path / "next", image, shell("t", "true"))
    assert containers(run_id) == []


def test_containers_of_a_run_that_lives_are_left_alone(script, image, tmp_path):
    run_id = f"run-{uuid.uuid4().hex[:8]}"
    script(run_id)
    execute(tmp_path / "other", image, shell("t", "true"))
    assert len(containers(run_id)) == 2


def test_a_container_that_is_removed_meanwhile_is_a_failure(script, tmp_path):
    run_id = f"run-{uuid.uuid4().hex[:8]}"
    process = script(run_id)
    docker("rm", "-f", *containers(run_id))
    out, _ = process.communicate(timeout=60)
    assert process.returncode == 1
    assert "the container" in out
    assert ChunkedStore(tmp_path / ".run_log_store").read(run_id).status is Status.FAILED


def test_the_repository_is_the_one_that_is_tested():
    assert Path(run.__code__.co_filename).is_relative_to(ROOT)
