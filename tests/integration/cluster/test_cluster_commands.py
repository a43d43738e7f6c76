"""`runnable submit`, `status`, `logs`, `stop` and `diff --against cluster`, on a cluster, as people call them."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
import yaml

from tests.integration.test_command_line import runnable
from tests.support import clusters

IMAGE = clusters.IMAGE
PIPELINE = """
from runnable import Pipeline, Parallel, ShellTask, Stub

def main():
    both = Parallel(name="both", branches={
        "left": ShellTask(name="say", command="echo left says $word").as_pipeline(),
        "right": ShellTask(name="say it", command="echo right says $word; export x=$word", returns=["x"]).as_pipeline(),
    })
    pipeline = Pipeline(steps=[both, ShellTask(name="end", command="COMMAND"), Stub(name="last")])
    pipeline.execute()
    return pipeline
"""

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
]


@pytest.fixture
def project(tmp_path, request):
    """A project with one pipeline, called by a name of its own; what is left of it on the cluster is removed."""
    clusters.need_controller()
    name = f"cmd-{os.urandom(3).hex()}"
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / f"{name}.py").write_text(PIPELINE.replace("COMMAND", getattr(request, "param", "echo end")))
    (tmp_path / "parameters.yaml").write_text("word: hello\n")
    configuration = {"image": IMAGE, "serviceAccount": clusters.SERVICE_ACCOUNT, "namespace": clusters.NAMESPACE}
    (tmp_path / "argo.yaml").write_text(
        yaml.safe_dump(
            {"pipeline-executor": {"type": "argo", "config": {**configuration, "labels": {"made-by": name}}}}
        )
    )
    yield tmp_path, name
    for kind in ("workflowtemplate", "workflow"):
        clusters.kubectl("delete", kind, "-l", f"made-by={name}", "--wait=false")


def call(project, *arguments):
    return runnable(*arguments, cwd=project[0])


def submit(project, *more):
    _, name = project
    given = ("-c", "argo.yaml", "--parameters", "parameters.yaml")
    return call(project, "submit", f"{name}.py", *given, *more)


def on_cluster(*command):
    return (*command, "-n", clusters.NAMESPACE)


def test_a_pipeline_is_submitted_watched_and_its_logs_are_read(project):
    ended = submit(project, "--watch")
    assert ended.returncode == 0, ended.stderr
    workflow = ended.stdout.strip()
    assert workflow.startswith(project[1])
    steps = [line.split("  ", 1)[1] for line in ended.stderr.splitlines() if line[:2].isdigit()]
    assert any(line.startswith("succeeded  both.left.say  ") for line in steps)
    assert ended.stderr.splitlines()[-1].startswith(f"workflow {workflow} succeeded: 3 succeeded in ")

    status = call(project, *on_cluster("status", workflow))
    assert status.returncode == 0
    lines = [line.split("  ")[:3] for line in status.stdout.splitlines()]
    assert status.stdout.startswith(f"workflow {workflow} succeeded, ")
    assert ["succeeded", "both"] in lines
    assert any("right.say it" in "".join(line) for line in lines)

    found = json.loads(call(project, *on_cluster("status", workflow, "--format", "json")).stdout)
    assert {step["path"]: step["phase"] for step in found["steps"]} == {
        "both": "succeeded",
        "both.left.say": "succeeded",
        "both.right.say it": "succeeded",
        "end": "succeeded",
        "last": "succeeded",
    }

    logs = call(project, *on_cluster("logs", workflow))
    assert sorted(logs.stdout.splitlines()) == [
        "both.left.say | left says hello",
        "both.right.say it | right says hello",
        "end | end",
    ]
    assert call(project, *on_cluster("logs", workflow, "say it")).stdout == "right says hello\n"
    assert call(project, "logs", workflow, "say it").stdout == "right says hello\n"
    unknown = call(project, *on_cluster("logs", workflow, "nothing"))
    assert unknown.returncode == 7
    assert "RN902" in unknown.stderr


@pytest.mark.parametrize("project", ["echo it went wrong >&2; exit 3"], indirect=True)
def test_a_workflow_that_fails_ends_the_commands_with_one_and_says_why(project):
    ended = submit(project, "--watch")
    assert ended.returncode == 1
    workflow = ended.stdout.strip()
    assert "  end: command exited with 3: it went wrong" in ended.stderr
    status = call(project, *on_cluster("status", workflow))
    assert status.returncode == 1
    assert "failed     end" in status.stdout
    assert call(project, *on_cluster("status", "--watch", workflow)).returncode == 1
    followed = call(project, *on_cluster("logs", "-f", workflow))
    assert followed.returncode == 1
    assert "end | it went wrong" in followed.stdout


def test_a_template_is_run_with_other_parameters_and_compared_with_the_file(project):
    folder, name = project
    compiled = ("-c", "argo.yaml", "-p", "parameters.yaml")
    absent = call(project, "diff", f"{name}.py", *compiled, "--against", "cluster")
    assert absent.returncode == 6
    assert "none of it is on the cluster yet" in absent.stderr
    assert "+ step both: a parallel" in absent.stdout
    assert call(project, "compile", f"{name}.py", *compiled, "-o", "deploy").returncode == 0
    subprocess.run(["kubectl", "apply", "-k", str(folder / "deploy")], check=True, capture_output=True)
    same = call(project, "diff", f"{name}.py", *compiled, "--against", "cluster")
    assert (same.returncode, same.stdout) == (0, "no changes\n")
    other = call(project, "diff", f"{name}.py", *compiled, "--against", "cluster", "--image", "other:1")
    assert other.returncode == 6
    assert f"image: {IMAGE} -> other:1" in other.stdout

    ended = call(project, *on_cluster("submit", name, "-p", "word=bye bye {{workflow.name}}", "--watch"))
    assert ended.returncode == 0, ended.stderr
    logs = call(project, *on_cluster("logs", ended.stdout.strip(), "left.say"))
    assert logs.stdout == "left says bye bye {{workflow.name}}\n"

    mistyped = call(project, *on_cluster("submit", name, "-p", "wrod=x"))
    assert mistyped.returncode == 7
    assert "did you mean 'word'?" in mistyped.stderr
    wrong = call(project, *on_cluster("submit", f"{name}x"))
    assert f"did you mean '{name}'?" in wrong.stderr


def test_a_compiled_file_is_submitted(project):
    _, name = project
    call(project, "compile", f"{name}.py", "-c", "argo.yaml", "-p", "parameters.yaml", "-o", "deploy.yaml")
    ended = call(project, "submit", "deploy.yaml", "-p", "word=file", "--watch")
    assert ended.returncode == 0, ended.stderr
    logs = call(project, *on_cluster("logs", ended.stdout.strip(), "left.say"))
    assert logs.stdout == "left says file\n"


@pytest.mark.parametrize("project", ["for i in 1 2 3 4 5 6; do echo line $i; sleep 1; done"], indirect=True)
def test_logs_are_followed_while_they_are_printed(project):
    workflow = submit(project).stdout.strip()
    command = [sys.executable, "-m", "runnable.cli", *on_cluster("logs", "-f", workflow, "end")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as following:
        first = following.stdout.readline()
        assert first == "line 1\n"
        assert clusters.status(workflow)["phase"] == "Running"
        rest = following.stdout.read()
    assert rest == "".join(f"line {i}\n" for i in range(2, 7))
    assert following.returncode == 0


@pytest.mark.parametrize("project", ["sleep 300"], indirect=True)
def test_a_workflow_is_stopped(project):
    workflow = submit(project).stdout.strip()
    _wait_for(workflow, "end")
    ended = call(project, *on_cluster("stop", workflow))
    assert ended.returncode == 0
    assert f"workflow {workflow} failed: 2 succeeded, 1 failed" in ended.stderr
    again = call(project, *on_cluster("stop", workflow))
    assert (again.returncode, "it has ended before" in again.stderr) == (0, True)
    assert call(project, *on_cluster("status", workflow)).returncode == 1


@pytest.mark.parametrize("project", ["sleep 300"], indirect=True)
def test_ctrl_c_ends_the_watching_and_not_the_workflow(project):
    workflow = submit(project).stdout.strip()
    _wait_for(workflow, "end")
    command = [sys.executable, "-m", "runnable.cli", *on_cluster("status", "--watch", workflow)]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as watching:
        assert watching.stderr.readline()
        watching.send_signal(signal.SIGINT)
        said = watching.stderr.read()
    assert watching.returncode == 130
    assert f"`runnable stop {workflow}` ends it" in said
    assert clusters.status(workflow)["phase"] == "Running"
    assert call(project, *on_cluster("stop", "--now", "--no-wait", workflow)).returncode == 0


def _wait_for(workflow, step):
    for _ in range(240):
        nodes = clusters.status(workflow).get("nodes", {}).values()
        if any(node["displayName"] == step and node["phase"] == "Running" for node in nodes):
            return
        time.sleep(0.5)
    pytest.fail(f"{step} has not begun")
