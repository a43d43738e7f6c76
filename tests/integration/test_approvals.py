"""Steps that wait for a person, on this machine: asked on a terminal, answered from another shell, or decided."""

import json
import os
import pty
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from runnable import Approval, ExecutionFailedError, Parallel, Parameter, Pipeline, ShellTask
from tests.support.commands import command

FILE = """
from runnable import *

def ship(version: int, channel: str, sure: bool):
    print(f"shipping {version!r} to {channel!r}, {sure!r}")

def main():
    pipeline = Pipeline(
        steps=[
            Approval(
                name="release",
                message="Ship it?",
                deadline=DEADLINE,
                answers=[
                    Parameter(name="version", type=int),
                    Parameter(name="channel", type=str, default="beta", choices=["beta", "stable"]),
                    Parameter(name="sure", type=bool, default=True),
                ],
                on_failure=Pipeline(steps=[ShellTask(name="aside", command="echo put aside")]),
            ),
            PythonTask(name="ship", function=ship),
        ]
    )
    pipeline.execute()
    return pipeline

if __name__ == "__main__":
    main()
"""
RUN = [sys.executable, "-m", "runnable.cli", "run", "pipeline.py", "--run-id", "night"]


@pytest.fixture
def project(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "pipeline.py").write_text(FILE.replace("DEADLINE", "None"))
    return tmp_path


def wait_for(found, seconds=60):
    end = time.monotonic() + seconds
    while not (value := found()):
        assert time.monotonic() < end
        time.sleep(0.05)
    return value


def questions(project):
    return list((project / "state").rglob("*.question"))


def started(project, *more):
    process = subprocess.Popen(
        [*RUN, *more],
        cwd=project,
        env={**os.environ},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    wait_for(lambda: questions(project) or process.poll() is not None)
    assert process.poll() is None, process.communicate()[0]
    return process


def shown(project):
    found = json.loads(command("show", "night", "--format", "json", cwd=project).stdout)
    return {step["path"]: step for step in found["steps"]}


def test_another_shell_approves_with_answers_and_who_and_when_are_recorded(project):
    process = started(project)
    ended = command("approve", "night", "-p", "version=3", "-p", "channel=stable", "--message", "fine", cwd=project)
    assert ended.returncode == 0, ended.stderr
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 0, printed
    assert "runnable approve night 'release'" in printed
    assert "shipping 3 to 'stable', True" in printed
    step = shown(project)["release"]
    assert (step["kind"], step["status"]) == ("approval", "succeeded")
    assert re.fullmatch(r"approved by \S+@\S+: fine", step["message"])
    assert step["attempts"][0]["outputs"] == {"version": 3, "channel": "stable", "sure": True}
    assert step["ended"] > step["started"]
    assert questions(project) == []


def test_what_does_not_fit_is_an_error_of_the_command_and_the_step_goes_on_waiting(project):
    process = started(project)
    for answers, said in (
        ([], "version (int) has to be given"),
        (["-p", "version=new"], "version is int, not 'new'"),
        (["-p", "version=3", "-p", "channel=alpha"], 'channel is one of "beta" and "stable", not \'alpha\''),
        (["-p", "version=3", "-p", "chanel=beta"], "did you mean 'channel'?"),
    ):
        ended = command("approve", "night", "release", *answers, cwd=project)
        assert (ended.returncode, said in ended.stderr) == (8, True), ended.stderr
    ended = command("approve", "night", "ship", cwd=project)
    assert (ended.returncode, "[RN930]" in ended.stderr) == (8, True)
    assert process.poll() is None
    assert command("reject", "night", "--message", "not today", cwd=project).returncode == 0
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 0, printed  # the failure is handled
    steps = shown(project)
    assert steps["release"]["message"].endswith(": not today")
    statuses = {path: step["status"] for path, step in steps.items()}
    assert statuses == {"release": "failed", "ship": "skipped", "aside": "succeeded"}


def test_nobody_has_answered_within_the_deadline(project):
    (project / "pipeline.py").write_text(FILE.replace("DEADLINE", "1"))
    ended = command("run", "pipeline.py", "--run-id", "night", cwd=project)
    assert ended.returncode == 0
    steps = shown(project)
    assert steps["release"]["message"] == "nobody has answered within 1 s"
    assert steps["aside"]["status"] == "succeeded"
    assert questions(project) == []


def test_a_run_that_is_ended_while_it_waits_asks_again_when_it_is_resumed(project):
    process = started(project)
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert process.returncode == 130
    assert questions(project) == []
    assert shown(project)["release"]["status"] == "interrupted"
    again = subprocess.Popen([*RUN[:3], "retry", "night"], cwd=project, stdin=subprocess.DEVNULL)
    wait_for(lambda: questions(project))
    assert command("approve", "latest", "-p", "version=4", cwd=project).returncode == 0
    assert again.wait(60) == 0
    assert len(shown(project)["release"]["attempts"]) == 2


def test_a_question_that_a_killed_run_has_left_is_none(project):
    process = started(project)
    process.kill()
    process.communicate(timeout=60)
    assert questions(project)
    assert command("approve", "night", "-p", "version=3", cwd=project).returncode == 8
    assert questions(project) == []


def test_whoever_started_the_run_is_asked_on_the_terminal(project):
    master, slave = pty.openpty()
    environment = {**os.environ, "TERM": "xterm", "RUNNABLE_PROGRESS": "rich"}
    process = subprocess.Popen(RUN, cwd=project, env=environment, stdin=slave, stdout=slave, stderr=slave)
    os.close(slave)
    printed = ""

    def until(text):
        nonlocal printed
        while text not in printed:
            printed += os.read(master, 4096).decode()
        printed = printed.partition(text)[2]

    for question, line in (
        ("approve? [yes/no] ", "perhaps"),
        ("yes or no: ", "yes"),
        ("version (int): ", "new"),
        ("version is int", None),
        ("version (int): ", "7"),
        ('channel (str, one of "beta", "stable") ["beta"]: ', ""),
        ("sure (bool) [true]: ", "no"),
    ):
        until(question)
        if line is not None:
            os.write(master, f"{line}\n".encode())
    until("shipping 7 to 'beta', False")
    assert process.wait(60) == 0
    os.close(master)


def executed(tmp_path, monkeypatch, word, *steps, more=""):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    file = tmp_path / "c.yaml"
    file.write_text(f"approvals: {word}\nrun-log-store: {{type: buffered}}\n{more}")
    return Pipeline(steps=list(steps)).execute(configuration_file=file)


def test_the_configuration_decides(tmp_path, monkeypatch):
    asked = Approval(name="a", answers=[Parameter(name="n", type=int, default=2)])
    use = ShellTask(name="use", command='[ "$n" = 2 ]')
    record = executed(tmp_path, monkeypatch, "approve", asked, use)
    assert record.steps["a"].message == "approved by the configuration (approvals: approve)"
    with pytest.raises(ExecutionFailedError, match="rejected by the configuration"):
        executed(tmp_path, monkeypatch, "reject", asked, use)
    needed = Approval(name="a", answers=[Parameter(name="n", type=int)])
    with pytest.raises(ExecutionFailedError, match="cannot answer: n"):
        executed(tmp_path, monkeypatch, "approve", needed, use)


@pytest.mark.parametrize("more", ["", "pipeline-executor: {type: local, enable_parallel: true}\n"])
def test_other_steps_go_on_while_one_waits(more, tmp_path, monkeypatch):
    seen = tmp_path / "seen"
    waits = Pipeline(steps=[Approval(name="a", deadline=1), ShellTask(name="after", command="true")])
    works = Pipeline(steps=[ShellTask(name="b", command="true"), ShellTask(name="c", command=f"touch {seen}")])
    with pytest.raises(ExecutionFailedError, match="nobody has answered within 1 s"):
        executed(tmp_path, monkeypatch, "ask", Parallel(name="p", branches={"w": waits, "x": works}), more=more)
    assert Path(seen).exists()


def test_an_approval_is_not_replayed_and_a_job_has_none(project):
    (project / "c.yaml").write_text("approvals: reject\n")
    assert command("run", "pipeline.py", "--run-id", "night", "-c", "c.yaml", cwd=project).returncode == 0
    ended = command("replay", "night", "release", cwd=project)
    assert "it is an approval, and runs nothing" in ended.stderr
    (project / "one.py").write_text("from runnable import *\nPipeline(steps=[Approval(name='a')]).execute()\n")
    ended = command("compile", "-t", "k8s-job", "one.py", cwd=project)
    assert ended.returncode == 3, ended.stderr
    assert "[RN933]" in ended.stderr


def test_where_several_wait_one_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    (tmp_path / "c.yaml").write_text("pipeline-executor: {type: local, enable_parallel: true}\n")
    (tmp_path / "pipeline.py").write_text(
        "from runnable import *\n"
        "both = {'left': Approval(name='ship').as_pipeline(), 'right': Approval(name='bill').as_pipeline()}\n"
        "Pipeline(steps=[Parallel(name='both', branches=both)]).execute()\n"
    )
    process = started(tmp_path, "-c", "c.yaml")
    wait_for(lambda: len(questions(tmp_path)) == 2)
    ended = command("approve", "latest", cwd=tmp_path)
    assert (ended.returncode, "[RN931]" in ended.stderr, "both.left.ship" in ended.stderr) == (8, True, True)
    assert command("approve", "nig", "bill", cwd=tmp_path).returncode == 0
    assert command("approve", "night", "both.left.ship", cwd=tmp_path).returncode == 0
    printed, _ = process.communicate(timeout=60)
    assert process.returncode == 0, printed
