"""`run --from STEP` and `--only STEP`: what comes before the step is taken from an earlier run."""

import json
import os
from pathlib import Path

import pytest

from runnable import Catalog, Map, Parallel, Pipeline, PythonTask, Stub, pickled
from runnable.configuration import Configuration, Section
from runnable.diagnostics.errors import ExecutionFailedError, RecordUnusable
from runnable.driver.run import execute
from runnable.frontend.build import build
from runnable.runs.parts import Part
from runnable.runs.stores.settings import open_store
from tests.support.commands import command

RAN: list[str] = []


class Thing:
    def __init__(self, n):
        self.n = n


def first(n: int):
    RAN.append("first")
    Path("data.txt").write_text("kept")
    return Thing(n)


def each(item: int):
    RAN.append(f"each {item}")
    return item * 10


def join(thing, tens):
    RAN.append("join")
    if os.environ.get("FAIL"):
        raise ValueError("on purpose")
    return [thing.n, *tens, Path("data.txt").read_text()]


def last(joined):
    RAN.append(f"last {joined}")


def sorry():
    RAN.append("sorry")


def pipeline(**changed):
    kept = Catalog(put=["data.txt"])
    steps = {
        "first": PythonTask(name="first", function=first, returns=[pickled("thing")], catalog=kept),
        "idle": Stub(name="idle"),
        "map": Map(
            name="map",
            branch=PythonTask(name="each", function=each, returns=["tens"]).as_pipeline(),
            iterate_on="items",
            iterate_as="item",
        ),
        "join": PythonTask(
            name="join",
            function=join,
            returns=["joined"],
            catalog=Catalog(get=["data.txt"]),
            on_failure=PythonTask(name="sorry", function=sorry).as_pipeline(),
        ),
        "last": PythonTask(name="last", function=last),
        **changed,
    }
    return Pipeline(name="parts", steps=list(steps.values()))


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RUNNABLE_PROGRESS", "none")
    RAN.clear()
    return tmp_path


def run(part=None, made=None, run_id="", **parameters):
    """The record of a run, and what has run in it."""
    RAN.clear()
    unit = build(made or pipeline(), __file__)
    from dataclasses import replace

    unit = replace(unit, program=replace(unit.program, root=str(Path.cwd())))
    given = {"n": 1, "items": [1, 2], **parameters}
    record = execute(
        unit,
        configuration_file="",
        run_id=run_id,
        tag="",
        parameters_file="",
        parameters=given,
        log_level="WARNING",
        part=part,
    )
    return record, list(RAN)


WHOLE = ["first", "each 1", "each 2", "join", "last [1, 10, 20, 'kept']"]


def test_from_a_step_on_runs_with_values_objects_and_files_of_the_last_run_that_succeeded(folder, capfd):
    whole, ran = run(run_id="whole")
    assert ran == WHOLE
    (folder / "data.txt").unlink()
    record, ran = run(Part("join"))
    assert ran == ["join", "last [1, 10, 20, 'kept']"]
    assert record.outputs["joined"] == whole.outputs["joined"]
    assert [record.steps[path].attempts[0].reused for path in ("first", "map.1.each", "join")] == [
        "whole/first",
        "whole/map.1.each",
        "",
    ]
    assert "notice: not run, but taken from the run whole: first, idle, map" in capfd.readouterr().err
    import shutil

    shutil.rmtree(folder / ".catalog/whole")  # it has copies of its own
    again, ran = run(Part("last", like=record.run_id))
    assert ran == ["last [1, 10, 20, 'kept']"]
    assert again.run_id != record.run_id


def test_only_a_step_runs_nothing_after_it_and_what_it_lacks_is_not_taken_from_it_later(folder):
    run(run_id="whole")
    record, ran = run(Part("join", only=True), run_id="part")
    assert ran == ["join"]
    assert "last" not in record.steps
    assert record.steps["join"].status == "succeeded"
    first_again, ran = run(Part("first", only=True), run_id="first alone".replace(" ", "-"))
    assert (ran, list(first_again.steps)) == (["first"], ["first"])
    after, ran = run(Part("last"))  # the newest run that has all
    assert ran == ["last [1, 10, 20, 'kept']"]
    assert after.steps["join"].attempts[0].reused == "part/join"


def test_from_the_first_step_on_needs_no_run(folder):
    assert run(Part("first"))[1] == WHOLE


def test_a_failed_run_can_be_named_for_what_it_has_done(folder, monkeypatch):
    made = pipeline(join=PythonTask(name="join", function=join, returns=["joined"], catalog=Catalog(get=["data.txt"])))
    monkeypatch.setenv("FAIL", "1")
    with pytest.raises(ExecutionFailedError):
        run(run_id="failed", made=made)
    monkeypatch.delenv("FAIL")
    with pytest.raises(RecordUnusable, match=r"no run of the pipeline 'parts' in .* has succeeded"):
        run(Part("join"))
    assert run(Part("join", like="failed"))[1] == ["join", "last [1, 10, 20, 'kept']"]
    with pytest.raises(RecordUnusable, match=r"RN915.*'join' is failed"):
        run(Part("last", like="failed"))


def test_items_that_the_earlier_run_did_not_have_fail_and_other_parameters_are_said(folder, capfd):
    run(run_id="whole")
    with pytest.raises(ExecutionFailedError, match="taken from the run whole, and the step is not in it"):
        run(Part("join"), items=[1, 2, 3])
    assert "the parameter 'items' was [1, 2] when they ran, and is [1, 2, 3]" in capfd.readouterr().err


def test_what_the_earlier_run_stored_and_is_gone_fails_and_says_what(folder):
    run(run_id="whole")
    (folder / ".catalog/whole/data.txt").unlink()
    with pytest.raises(ExecutionFailedError, match=r"of what it left in the run whole, data\.txt is not in the store"):
        run(Part("join"))


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ("jion", "there is no such step in the pipeline\n.*did you mean 'join'"),
        ("each", "it is inside of 'map'.*\n.*name 'map'; `runnable replay RUN STEP` runs"),
        ("map.*.each", "it is inside of 'map'"),
        ("sorry", "it runs only if 'join' fails\n.*begin at 'join'"),
    ],
)
def test_a_step_that_is_no_beginning(step, problem):
    with pytest.raises(RecordUnusable, match=problem):
        run(Part(step))


def test_a_step_that_now_returns_more_than_it_did(folder):
    run(run_id="whole")
    more = PythonTask(name="first", function=first, returns=[pickled("thing"), "more"])
    with pytest.raises(RecordUnusable, match="'first' did not return 'more'"):
        run(Part("join"), pipeline(first=more))


def test_steps_beside_it_run_and_do_not_wait(folder):
    branches = {name: PythonTask(name=name, function=sorry).as_pipeline() for name in ("left", "right")}
    both = pipeline(join=Parallel(name="join", branches=branches), last=Stub(name="last"))
    run(run_id="whole", made=both)
    record, ran = run(Part("join"), both)
    assert ran == ["sorry", "sorry"]
    assert record.steps["join.left.left"].attempts[0].reused == ""


def test_concurrent_runs_take_it_too(folder):
    (folder / "runnable.yaml").write_text(
        "pipeline-executor: {type: local, config: {enable_parallel: true}}\nrun-log-store: {type: chunked-fs}\n"
    )
    run(run_id="whole")
    record, _ = run(Part("last"))
    assert record.steps["join"].attempts[0].reused == "whole/join"
    assert open_store(Configuration(sections={"run-log-store": Section("chunked-fs")}, root=folder)).runs()


def test_the_command_takes_it(folder):
    (folder / "pipe.py").write_text(
        "from runnable import Pipeline, PythonTask\n"
        "def a() -> int:\n    print('a')\n    return 1\n"
        "def b(x: int) -> None:\n    print('b', x)\n"
        "main = lambda: None\n"
        "first = PythonTask(name='a', function=a, returns=['x'])\n"
        "p = Pipeline(name='p', steps=[first, PythonTask(name='b', function=b)])\n"
    )
    assert command("run", "pipe.py", "-q", cwd=folder).stdout == "a\nb 1\n"
    ended = command("run", "pipe.py", "--from", "b", "--json", "-q", cwd=folder)
    assert (ended.returncode, ended.stderr) == (0, "b 1\n")
    assert json.loads(ended.stdout)["outputs"] == {"x": 1}
    assert command("run", "pipe.py", "--like", "latest", cwd=folder).returncode == 2
    assert command("run", "pipe.py", "--from", "b", "--only", "b", cwd=folder).returncode == 2


def graph():
    kept = Catalog(put=["data.txt"])
    steps = {
        "first": PythonTask(name="first", function=first, returns=[pickled("thing")], catalog=kept),
        "beside": PythonTask(name="beside", function=beside, returns=["tens"]),
        "join": PythonTask(name="join", function=join, returns=["joined"], catalog=Catalog(get=["data.txt"])),
        "last": PythonTask(name="last", function=last),
        "unrelated": PythonTask(name="unrelated", function=unrelated),
    }
    steps["join"].after(steps["first"], steps["beside"])
    steps["last"].after(steps["join"])
    return Pipeline(name="graph", steps=list(steps.values()))


def beside() -> list[int]:
    RAN.append("beside")
    return [10]


def unrelated():
    RAN.append("unrelated")


def test_of_a_graph_a_step_and_all_that_waits_for_it_run_and_the_others_are_taken():
    run(made=graph())
    assert run(Part("beside"), made=graph())[1] == ["beside", "join", "last [1, 10, 'kept']"]
    assert run(Part("last"), made=graph())[1] == ["last [1, 10, 'kept']"]
    record, ran = run(Part("join", only=True), made=graph())
    assert (ran, list(record.steps)) == (["join"], ["first", "beside", "join"])
