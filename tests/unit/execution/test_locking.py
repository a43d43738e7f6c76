"""Mutexes and semaphores on this machine: who waits, who does not, and what is given back."""

import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace

import pytest

from runnable import Pipeline, ShellTask
from runnable.diagnostics.errors import DefinitionError, OutputError, RunInterrupted
from runnable.execution import locking
from runnable.execution.locking import Locking
from runnable.execution.progress.silent import SilentProgress
from runnable.frontend.build import build
from runnable.ir.json_form import from_json, to_json
from runnable.ir.nodes import BODY, FanOut, Locks
from runnable.ir.text import render
from runnable.passes import diagnose
from runnable.targets import argo, k8s_job
from runnable.targets.target import CompileRequest
from tests.support.local_runs import call, chain, execute, parallel, program
from tests.support.manifests import problems, read, workflow_spec

MUTEX = Locks("m")
TWO = Locks(semaphore=(("s", "2"),))


@pytest.fixture(autouse=True)
def _own(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def notices():
    return []


def run_of(notices=None):
    return Locking((notices if notices is not None else []).append)


def take(run, key, locks):
    return run.take(key, locks, key, key)


def test_a_mutex_is_one_runs_until_it_is_given_back(notices):
    one, other = run_of(), run_of(notices)
    assert take(one, "a", MUTEX)
    assert not take(other, "b", MUTEX)
    assert not take(other, "b", MUTEX)
    assert notices == ["b waits for the mutex 'm'"]  # once
    one.release("a")
    assert take(other, "b", MUTEX)


def test_steps_of_one_run_exclude_each_other_and_a_further_attempt_keeps_what_it_has():
    run = run_of()
    assert take(run, "a", MUTEX)
    assert take(run, "a", MUTEX)
    assert not take(run, "b", MUTEX)


def test_a_semaphore_has_so_many_places():
    one, other = run_of(), run_of()
    assert take(one, "a", TWO)
    assert take(other, "b", TWO)
    assert not take(one, "c", TWO)
    other.release_all()
    assert take(one, "c", TWO)


def test_a_mutex_and_a_semaphore_have_names_of_their_own_and_are_taken_both_or_not_at_all():
    one, other = run_of(), run_of()
    both = Locks("m", (("m", "1"),))
    assert take(one, "a", Locks(semaphore=(("m", "1"),)))
    assert not take(other, "b", both)
    assert take(other, "c", MUTEX)


def test_a_process_that_is_killed_gives_its_locks_back():
    code = (
        "from runnable.execution.locking import Locking; from runnable.ir.nodes import Locks; import time\n"
        "Locking(print).take('a', Locks('m'), 'a', 'a'); print('up', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout.readline() == "up\n"
        assert not take(run_of(), "b", MUTEX)
        process.kill()
    assert take(run_of(), "b", MUTEX)


def test_a_folder_that_cannot_be_made_is_an_error_in_words(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    with pytest.raises(OutputError, match="RN365"):
        take(run_of(), "a", MUTEX)


class Noting(SilentProgress):
    def __init__(self):
        self.said = []

    def notice(self, text):
        self.said.append(text)


def held_for(seconds, locks):
    """A lock of another run, which is given back later."""
    other = run_of()
    assert take(other, "other", locks)
    until = time.monotonic() + seconds
    threading.Timer(seconds, other.release_all).start()
    return until


def test_a_step_waits_and_what_does_not_need_the_lock_runs_meanwhile(tmp_path):
    ran = []
    other = run_of()
    assert take(other, "other", MUTEX)

    def free():
        ran.append("free")
        other.release_all()

    branches = parallel("p", one=(call("locked", mutex="m"),), two=(call("free"),))
    progress = Noting()
    functions = {"free": free, "locked": lambda: ran.append("locked")}
    record = execute(program(branches), functions, tmp_path, progress=progress)
    assert record.status == "succeeded"
    assert ran == ["free", "locked"]
    assert progress.said.count("p.one.locked waits for the mutex 'm'") == 1
    assert take(run_of(), "after", MUTEX)


def test_of_many_items_that_wait_for_one_lock_the_first_asks_for_it(tmp_path, monkeypatch):
    asked, before = [], []
    ask = locking.lock_file
    monkeypatch.setattr(locking, "lock_file", lambda path: asked.append(path) or ask(path))
    other = run_of()
    assert take(other, "other", MUTEX)
    asked.clear()

    def free():
        before.extend(asked)
        other.release_all()

    items = FanOut("m", chain(BODY, call("locked", mutex="m")), "xs", "x")
    pipeline = program(parallel("p", one=(items,), two=(call("free"),)), xs=list(range(50)))
    record = execute(pipeline, {"free": free, "locked": lambda: None}, tmp_path)
    assert record.status == "succeeded"
    assert len(before) == 1


def test_a_step_keeps_its_lock_between_attempts_and_gives_it_back_when_it_fails(tmp_path):
    free = []

    def fail():
        free.append(take(run_of(), "other", MUTEX))
        raise ValueError("no")

    record = execute(program(call("work", mutex="m", retry=1)), {"work": fail}, tmp_path)
    assert record.status == "failed"
    assert free == [False, False]
    assert take(run_of(), "after", MUTEX)


def test_a_pipeline_waits_before_its_first_step(tmp_path):
    started = []
    until = held_for(0.25, TWO)
    other = run_of()
    assert take(other, "another", TWO)
    one = replace(program(call("work")), locks=TWO)
    progress = Noting()
    execute(one, {"work": lambda: started.append(time.monotonic())}, tmp_path, progress=progress)
    other.release_all()
    assert started[0] >= until
    assert progress.said == ["the pipeline 'pipeline' waits for the semaphore 's', of 2"]


def test_a_run_that_waits_can_be_ended(tmp_path):
    other = run_of()
    assert take(other, "other", MUTEX)
    threading.Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
    with pytest.raises(RunInterrupted):
        execute(replace(program(call("work")), locks=MUTEX), {"work": lambda: None}, tmp_path)


def built(step=None, **pipeline):
    task = step or ShellTask(name="load", command="true")
    return build(Pipeline(steps=[task], **pipeline), __file__)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"mutex": "No Name"}, "small letters"),
        ({"mutex": 3}, "small letters"),
        ({"semaphore": "licences"}, '{"licences": 3}'),
        ({"semaphore": {"a": 1, "b": 2}}, '{"licences": 3}'),
        ({"semaphore": {"A": 1}}, "small letters"),
        ({"semaphore": {"a": 0}}, "from 1 to 1000"),
        ({"semaphore": {"a": True}}, "from 1 to 1000"),
        ({"semaphore": {"a": "3"}}, "from 1 to 1000"),
    ],
)
def test_a_mistake_is_found_on_a_step_and_on_a_pipeline(options, said):
    (of_step,) = built(ShellTask(name="load", command="true", **options)).diagnostics
    (of_pipeline,) = built(**options).diagnostics
    assert said in of_step.message
    assert said in of_pipeline.message


def test_a_branch_is_no_pipeline_that_could_hold_a_lock():
    from runnable import Parallel

    inner = Pipeline(steps=[ShellTask(name="load", command="true")], mutex="m")
    (problem,) = built(Parallel(name="p", branches={"one": inner})).diagnostics
    assert "is for the outermost pipeline" in problem.message


def test_a_step_that_its_pipeline_would_lock_out_is_found():
    step = ShellTask(name="load", command="true", mutex="m", semaphore={"s": 2})
    assert [d.code for d in diagnose(built(step, mutex="m", semaphore={"s": 2}))] == ["RN363", "RN363"]
    assert [d.code for d in diagnose(built(step, semaphore={"s": 3}))] == ["RN363", "RN364"]
    assert not diagnose(built(step, mutex="other"))


def test_the_ir_keeps_locks():
    one = built(ShellTask(name="load", command="true", semaphore={"s": 2}), mutex="m", semaphore={"t": 3}).program
    again = from_json(to_json(one))
    assert again.locks == one.locks == Locks("m", (("t", "3"),))
    assert again.graph.nodes[0].options.semaphore == (("s", "2"),)
    assert "  mutex m\n  semaphore t=3\n" in render(one)


def test_on_argo_templates_and_workflows_are_synchronized():
    unit = built(ShellTask(name="load", command="true", mutex="warehouse"), semaphore={"runs": 2})
    configuration = {"semaphoreConfigMap": "limits"}
    (document,) = argo.compile(CompileRequest(program=unit.program, image="i:1", configuration=configuration))
    (found,) = read(document.text)
    assert problems(found) == []
    spec = workflow_spec(found)
    assert spec["synchronization"] == {"semaphores": [{"configMapKeyRef": {"key": "runs", "name": "limits"}}]}
    (template,) = [t for t in spec["templates"] if "container" in t]
    assert template["synchronization"] == {"mutexes": [{"name": "warehouse"}]}


def test_a_job_has_no_locks():
    unit = built(ShellTask(name="load", command="true", mutex="warehouse"))
    for program_of in (unit, built(mutex="warehouse")):
        with pytest.raises(DefinitionError, match="knows no locks"):
            k8s_job.compile(CompileRequest(program=program_of.program, image="i:1"))
