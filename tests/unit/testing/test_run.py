"""What the pytest helper does with stubs, and what it tells of a run."""

import datetime
import sys
from unittest.mock import Mock

import pytest

from runnable import (
    Conditional,
    DefinitionError,
    Loop,
    Map,
    NotebookTask,
    Parallel,
    Pipeline,
    PythonTask,
    ShellTask,
    Stub,
)
from runnable.testing import run_pipeline as run
from tests.support.paths import ROOT


def load() -> list[int]:
    raise AssertionError("the real thing ran")


def judge() -> tuple[str, bool]:
    raise AssertionError("the real thing ran")


def double(rows: list[int]) -> list[int]:
    return [2 * row for row in rows]


def publish(doubled: list[int]) -> None:
    raise AssertionError("the real thing ran")


def chain() -> Pipeline:
    return Pipeline(
        steps=[
            PythonTask(name="load", function=load, returns=["rows"]),
            PythonTask(name="double", function=double, returns=["doubled"]),
            PythonTask(name="publish", function=publish),
        ]
    )


def mapped() -> Pipeline:
    body = Pipeline(
        steps=[
            ShellTask(name="fetch", command="exit 9", returns=["size"]),
            ShellTask(name="report", command="export line=item-$size", returns=["line"]),
        ]
    )
    return Pipeline(steps=[Map(name="each", branch=body, iterate_on="xs", iterate_as="x")])


def test_values_functions_and_none_stand_in_and_the_others_run():
    publishing = Mock(return_value=None)
    done = run(chain(), stubs={"load": {"rows": [1, 2]}, "publish": publishing})
    done.assert_succeeded()
    assert done.ran == ("load", "double", "publish")
    assert done.outputs == {"rows": [1, 2], "doubled": [2, 4]}
    publishing.assert_called_once_with(rows=[1, 2], doubled=[2, 4])


def test_a_function_gets_parameters_by_name_as_that_of_a_python_task_does():
    async def later(rows: tuple[int, ...], factor: int = 3) -> list[int]:
        return [factor * row for row in rows]

    done = run(chain(), stubs={"load": lambda n: [n], "double": later, "publish": None}, parameters={"n": 4})
    assert done.outputs == {"rows": [4], "doubled": [12]}
    assert done.step("double").inputs == {"rows": [4]}


def test_a_stub_without_effect_still_records_what_the_step_would_have_read():
    done = run(chain(), stubs={"load": {"rows": [3]}, "publish": None})
    assert done.step("publish").inputs == {"doubled": [6]}
    assert done.step("publish").outputs == {}


def test_an_exception_fails_the_step_and_what_follows_is_skipped():
    done = run(chain(), stubs={"load": OSError("no disk"), "publish": None})
    done.assert_failed("load", match="OSError: no disk")
    assert not done.succeeded
    assert done.failed == ("load",)
    assert done.skipped == ("double", "publish")
    assert done.ran == ("load",)


def test_retries_are_those_of_the_step():
    tries = []

    def sometimes() -> int:
        tries.append(1)
        if len(tries) < 3:
            raise ConnectionError
        return 5

    step = PythonTask(name="fetch", function=load, returns=["rows"], retry=2, timeout="1m")
    done = run(Pipeline(steps=[step]), stubs={"fetch": sometimes})
    done.assert_succeeded()
    assert len(done.step("fetch").attempts) == 3


def test_a_step_is_named_by_the_end_of_its_path():
    branch = Pipeline(steps=[PythonTask(name="load", function=load, returns=["rows"])])
    other = Pipeline(steps=[PythonTask(name="load", function=load, returns=["rows"])])
    parallel = Pipeline(steps=[Parallel(name="p", branches={"a": branch, "b": other})])
    done = run(parallel, stubs={"a.load": {"rows": [1]}, "p.b.load": {"rows": [2]}})
    assert [step.outputs["rows"] for step in done.steps("load")] == [[1], [2]]


def test_items_of_a_map_may_have_stubs_of_their_own():
    stubs = {"fetch": {"size": 10}, "each.1.fetch": {"size": 20}, "each.2.fetch": lambda x: x * 100}
    done = run(mapped(), stubs=stubs, parameters={"xs": [1, 2, 3]})
    done.assert_succeeded()
    assert done.outputs["line"] == ["item-10", "item-20", "item-300"]
    assert done.step("each.2.fetch").outputs == {"size": 300}


def test_an_item_without_a_stub_runs_as_ever():
    done = run(mapped(), stubs={"each.0.fetch": {"size": 1}}, parameters={"xs": [1, 2]})
    done.assert_failed("each.1.fetch", match="exited with 9")
    assert done.step("each.0.fetch").outputs == {"size": 1}


def test_a_composite_is_stubbed_as_a_whole():
    pipeline = Pipeline(steps=[*mapped().steps, ShellTask(name="after", command='export out="$line"', returns=["out"])])
    done = run(pipeline, stubs={"each": {"line": ["a", "b"]}})
    assert done.outputs == {"line": ["a", "b"], "out": ["a", "b"]}
    assert done.ran == ("each", "after")


def test_conditional_branches_and_loops_follow_the_stubs():
    branches = {"good": Pipeline(steps=[Stub(name="ship")]), "bad": Pipeline(steps=[Stub(name="stop")])}
    score = Pipeline(steps=[PythonTask(name="score", function=judge, returns=["verdict", "done"])])
    pipeline = Pipeline(
        steps=[
            Loop(name="again", branch=score, break_on="done", index_as="i", max_iterations=5),
            Conditional(name="gate", parameter="verdict", branches=branches),
        ]
    )
    done = run(pipeline, stubs={"score": lambda i: ("good" if i else "bad", i == 2)})
    assert done.ran == ("again.0.score", "again.1.score", "again.2.score", "gate.good.ship")
    assert done.skipped == ("gate.bad.stop",)


def test_a_handled_failure_is_a_success():
    step = PythonTask(name="load", function=load, returns=["rows"], on_failure=Pipeline(steps=[Stub(name="mend")]))
    done = run(Pipeline(steps=[step]), stubs={"load": ValueError("bad rows")})
    done.assert_succeeded()
    done.assert_failed("load", match="bad rows")
    assert done.ran == ("load", "mend")


def test_others_can_do_nothing():
    done = run(chain(), stubs={"load": {"rows": [1]}}, others="mock")
    done.assert_succeeded()
    assert done.step("double").outputs == {}


def test_a_notebook_and_a_shell_are_stubbed_like_functions(monkeypatch):
    monkeypatch.chdir(ROOT)
    notebook = NotebookTask(name="report", notebook="examples/common/simple_notebook.ipynb", returns=["a"])
    pipeline = Pipeline(steps=[notebook, ShellTask(name="use", command="exit 1", returns=["b"])])
    done = run(pipeline, stubs={"report": {"a": 1}, "use": lambda a: a + 1})
    assert done.outputs == {"a": 1, "b": 2}


def test_the_pipeline_of_a_file(monkeypatch):
    monkeypatch.chdir(ROOT)
    main = sys.modules["__main__"]
    done = run("examples/07-map/map.py", stubs={"map.0.process": {"processed": 7}, "check": None})
    done.assert_succeeded()
    assert done.outputs["processed"][0] == 7
    assert done.outputs["counted"] == [n + 1 for n in done.outputs["processed"]]
    assert sys.modules["__main__"] is main


def test_the_fixture_keeps_records_and_logs(run_pipeline):
    done = run_pipeline(Pipeline(steps=[ShellTask(name="say", command="echo hello")]))
    done.assert_succeeded()
    assert done.record.folder
    assert done.step("say").attempts[-1].log


# --- mistakes ---


def refused(pipeline, stubs, **options) -> str:
    with pytest.raises(DefinitionError) as caught:
        run(pipeline, stubs=stubs, **options)
    return str(caught.value)


def test_a_stub_for_no_step_names_those_that_there_are():
    text = refused(chain(), {"lod": None})
    assert "RN209" in text
    assert "the stub 'lod' cannot be used: there is no such step" in text
    assert "did you mean 'load'?" in text
    assert "known names: double, load, publish" in refused(chain(), {"evaluate": None})


def test_a_value_that_the_step_does_not_return_is_refused():
    text = refused(chain(), {"load": {"row": [1]}})
    assert "gives 'row', which the step 'load' does not return" in text
    assert "did you mean 'rows'?" in text


def test_what_is_no_stub_is_refused():
    assert "is 5, which is neither a mapping of returns" in refused(chain(), {"load": 5})


def test_a_composite_takes_no_function_and_no_item():
    parameters = {"xs": [1]}
    assert "give the values that it returns" in refused(mapped(), {"each": lambda: 1}, parameters=parameters)
    inner = Pipeline(steps=[Map(name="inner", branch=mapped().steps[0].branch, iterate_on="xs", iterate_as="y")])
    outer = Pipeline(steps=[Map(name="outer", branch=inner, iterate_on="xs", iterate_as="x")])
    text = refused(outer, {"outer.0.inner": {"line": []}}, parameters=parameters)
    assert "name its steps instead" in text


def test_what_a_stub_no_longer_returns_is_missed_before_anything_runs():
    text = refused(chain(), {"load": None, "publish": None})
    assert "step 'double' needs the parameter 'rows', and nothing provides it" in text
    assert "'load' returns it, and is mocked" in text


def test_assertions_show_how_every_step_ended():
    done = run(chain(), stubs={"load": OSError("no disk")})
    with pytest.raises(AssertionError) as caught:
        done.assert_succeeded()
    text = str(caught.value)
    assert "failed      load: OSError: no disk" in text
    assert "skipped     publish" in text
    with pytest.raises(AssertionError, match="does not match 'memory'"):
        done.assert_failed("load", match="memory")
    with pytest.raises(AssertionError, match="step 'publish' should have failed"):
        done.assert_failed("publish")


def test_asking_for_a_step_that_is_not_there_names_those_that_are():
    done = run(mapped(), stubs={"fetch": {"size": 1}}, parameters={"xs": [1, 2]})
    with pytest.raises(LookupError, match="did you mean 'report'"):
        done.step("reprt")
    with pytest.raises(LookupError, match=r"means several steps: each\.0\.fetch, each\.1\.fetch"):
        done.step("fetch")


def day() -> datetime.date:
    raise AssertionError("the real thing ran")


def week_after(day: datetime.date) -> datetime.date:
    return day + datetime.timedelta(weeks=1)


def test_a_stub_gives_a_date_as_the_step_would():
    steps = [
        PythonTask(name="day", function=day, returns=["day"]),
        PythonTask(name="after", function=week_after, returns=["after"]),
    ]
    found = run(Pipeline(steps=steps), stubs={"day": {"day": datetime.date(2024, 1, 31)}})
    assert found.outputs["after"] == "2024-02-07"
