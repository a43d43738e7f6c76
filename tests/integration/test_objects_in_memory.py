"""`object_serialisation: false`: objects stay in the process of the run, as they are, and are gone when it ends."""

import threading

import pytest

import runnable
from runnable import Conditional, Map, Parallel, Pipeline, PythonTask, ShellTask, json, pickled
from runnable_runtime.stores import memory
from tests.support.commands import command

LOCAL = "pipeline-executor: {type: local, config: {object_serialisation: false}}\n"
NOWHERE = LOCAL + "run-log-store: {type: buffered}\ncatalog: {type: do-nothing}\nsecrets: {type: do-nothing}\n"


class Held:
    """What cannot be pickled."""

    def __init__(self):
        self.lock = threading.Lock()
        self.seen = []


def make():
    return Held()


def use(held):
    held.seen.append("use")
    return held


def check(held):
    assert held.seen == ["use"]
    assert isinstance(held.lock, type(threading.Lock()))


def items():
    return [1, 2]


def hold(item):
    return Held()


def check_all(held):
    assert [type(one) for one in held] == [Held, Held]
    assert held[0] is not held[1]


@pytest.fixture
def configured(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def configured(text):
        (tmp_path / "c.yaml").write_text(text)
        return "c.yaml"

    return configured


def made(*more, **options):
    first = PythonTask(name="make", function=make, returns=[pickled("held")], **options)
    return Pipeline(steps=[first, *more])


@pytest.mark.parametrize("text", [LOCAL, NOWHERE])
def test_what_cannot_be_pickled_is_passed_on_as_it_is(configured, text):
    using = PythonTask(name="use", function=use, returns=[pickled("held")])
    record = made(using, PythonTask(name="check", function=check)).execute(configured(text))
    assert repr(record.steps["make"].outputs["held"]) == f"<{__name__}.Held, in memory>"
    assert not memory._kept


def test_through_composites(configured):
    each = PythonTask(name="hold", function=hold, returns=[pickled("held")]).as_pipeline()
    listed = PythonTask(name="items", function=items, returns=["items"])
    mapped = Map(name="each", branch=each, iterate_on="items", iterate_as="item")
    Pipeline(steps=[listed, mapped, PythonTask(name="check", function=check_all)]).execute(configured(NOWHERE))
    branch = PythonTask(name="use", function=use, returns=[pickled("held")]).as_pipeline()
    choice = PythonTask(name="choose", function=choose, returns=[json("choice")])
    made(
        choice,
        Conditional(name="if", parameter="choice", branches={"yes": branch}),
        Parallel(name="both", branches={"one": PythonTask(name="check", function=check).as_pipeline()}),
    ).execute(configured(NOWHERE))


def choose():
    return "yes"


def test_what_would_run_at_the_same_time_runs_one_after_another_with_a_notice(configured, capsys):
    both = {name: PythonTask(name="make", function=make, returns=[pickled(name)]).as_pipeline() for name in "ab"}
    settings = LOCAL.replace("false", "false, enable_parallel: true")
    Pipeline(steps=[Parallel(name="both", branches=both)]).execute(configured(settings))
    assert "keeps objects in this process" in capsys.readouterr().err


def test_a_step_with_a_timeout_is_another_process_so_that_objects_are_pickled_with_a_notice(configured, capsys):
    record = Pipeline(steps=[PythonTask(name="items", function=items, returns=[pickled("items")], timeout=60)]).execute(
        configured(LOCAL)
    )
    assert "objects are pickled, though" in capsys.readouterr().err
    assert runnable.load(record.run_id, "items", "items") == [1, 2]
    with pytest.raises(runnable.DefinitionError, match="RN604"):
        made(timeout=60).execute(configured(NOWHERE))


SCRIPT = """
import os
from runnable import *

def make():
    return {"pickle": "me"}

def use(held):
    assert held["pickle"] == "me"
    assert os.path.exists("there")

steps = [PythonTask(name="make", function=make, returns=[pickled("held")], cache=True), PythonTask(name="use", function=use)]
Pipeline(steps=steps).execute()
"""  # noqa: E501


def test_a_resumed_run_makes_them_anew_and_nothing_else_has_them(configured, tmp_path):
    config = configured(LOCAL)
    (tmp_path / "p.py").write_text(SCRIPT)

    def ended(*words):
        found = command(*words, "-c", config, cwd=tmp_path)
        return found.returncode, found.stdout + found.stderr

    assert ended("run", "p.py", "--run-id", "r")[0] == 1
    (tmp_path / "there").touch()
    code, printed = ended("retry", "r")
    assert (code, printed.count("succeeded    make")) == (0, 1), printed
    code, printed = ended("replay", "r", "use")
    assert "[RN908]" in printed
    assert "was kept in memory" in printed
    code, printed = ended("run", "p.py")
    assert "what it returned was kept in memory" in printed  # no cache has it
    assert code == 0


def test_a_notebook_gets_and_gives_objects_by_pickles(configured, tmp_path):
    pytest.importorskip("nbclient")
    (tmp_path / "n.ipynb").write_text(NOTEBOOK)
    first = PythonTask(name="items", function=items, returns=[pickled("given")])
    book = runnable.NotebookTask(name="book", notebook="n.ipynb", returns=[pickled("made")])
    last = PythonTask(name="check", function=check_made)
    Pipeline(steps=[first, book, last]).execute(configured(LOCAL))
    held = PythonTask(name="make", function=make, returns=[pickled("given")])
    with pytest.raises(runnable.ExecutionFailedError, match="cannot be pickled"):
        Pipeline(steps=[held, book]).execute(configured(LOCAL))


NOTEBOOK = (
    '{"cells": [{"cell_type": "code", "id": "a", "metadata": {"tags": ["parameters"]}, "outputs": [], "source": '
    '"given = None", "execution_count": null}, {"cell_type": "code", "id": "b", "metadata": {}, "outputs": [], '
    '"source": "made = {\'of\': given}", "execution_count": null}], "metadata": {"kernelspec": {"name": "python3", '
    '"display_name": "Python 3"}}, "nbformat": 4, "nbformat_minor": 5}'
)


def check_made(made):
    assert made == {"of": [1, 2]}


def test_a_shell_that_reads_one_is_as_ever(configured, capsys):
    made(ShellTask(name="shell", command="test -z $held")).execute(configured(LOCAL))
    assert "[RN606]" in capsys.readouterr().err
