"""`pipeline-executor: {type: mocked}`: what runs, what does not, and what a patch may be."""

import sys
from pathlib import Path
from typing import Any

import pytest

from runnable import (
    Conditional,
    ConfigurationError,
    DefinitionError,
    Loop,
    Map,
    Parallel,
    Pipeline,
    PythonTask,
    ShellTask,
    Stub,
)

HERE = Path(__file__).parent
MODULE = "tests.integration.test_mocked_runs"


def forbidden() -> Any:
    raise AssertionError("the real thing ran")


def patched(left: int = 1) -> int:
    return left + 41


def patched_slow(xs: list[int]) -> int:
    return max(xs)


@pytest.fixture
def mocked(tmp_path, monkeypatch):
    """Run a pipeline under the mocked executor with the given `config`, in YAML; its record."""
    monkeypatch.setenv("RUNNABLE_PROGRESS", "none")

    def execute(pipeline: Pipeline, config: str = "{}", *, whole: str = "", parameters: str = ""):
        file = tmp_path / "mocked.yaml"
        text = whole or f"pipeline-executor: {{type: mocked, config: {config}}}\n"
        file.write_text(f"{text}\nrun-log-store: {{type: buffered}}\n")
        values = tmp_path / "parameters.yaml"
        values.write_text(parameters)
        return pipeline.execute(configuration_file=str(file), parameters_file=str(values))

    return execute


def one(name: str = "step 1", **options) -> Pipeline:
    return Pipeline(steps=[PythonTask(name=name, function=forbidden, **options), Stub(name="end")])


def test_tasks_do_nothing(mocked):
    record = mocked(one(returns=["x"], retry=1, timeout=5))
    assert record.status == "succeeded"
    assert record.steps["step 1"].outputs == {}
    assert record.steps["step 1"].kind == "stub"


def test_the_older_name_of_the_section_and_keys_of_another_executor_are_taken(mocked):
    record = mocked(one(), whole="executor:\n  type: mocked\n  config: {what: I am allowed, docker_image: x:1}\n")
    assert record.steps["step 1"].status == "succeeded"


def test_a_function_is_patched_with_another_and_keeps_its_returns(mocked):
    record = mocked(one(returns=["x"]), f"{{patches: {{step 1: {{command: {MODULE}.patched}}}}}}", parameters="left: 2")
    assert record.outputs == {"x": 43}


def test_returns_of_a_patch_are_stronger(mocked):
    patch = f"{{command: {MODULE}.patched, returns: [{{name: y, kind: json}}, ]}}"
    record = mocked(one(returns=["x", "z"]), f"{{patches: {{step 1: {patch}}}}}")
    assert record.outputs == {"y": 42}


def test_a_function_is_patched_with_a_command_line(mocked):
    """What the published documentation promises, and its examples do: `exit 0`, `exit 1`."""
    assert mocked(one(returns=["x"]), "{patches: {step 1: {command: exit 0}}}").steps["step 1"].kind == "shell"
    with pytest.raises(BaseException, match="exited with 1"):
        mocked(one(), "{patches: {step 1: {command: exit 1}}}")


def test_a_failure_is_handled_as_ever(mocked):
    pipeline = one(on_failure=Pipeline(steps=[Stub(name="mend")]))
    assert mocked(pipeline, "{patches: {step 1: {command: exit 1}}}").steps["mend"].status == "succeeded"


def test_a_shell_and_a_notebook_are_patched(mocked, monkeypatch):
    shell = Pipeline(steps=[ShellTask(name="hello shell", command="exit 9", returns=["x"])])
    assert mocked(shell, "{patches: {hello shell: {command: export x=5}}}").outputs == {"x": 5}
    pipeline = one()
    config = "{patches: {step 1: {command: examples/common/simple_notebook.ipynb}}}"
    assert mocked(pipeline, config).steps["step 1"].kind == "notebook"


def test_outputs_are_returned_without_running_anything(mocked):
    record = mocked(one(returns=["x", "z"]), "{patches: {step 1: {outputs: {z: [1, {a: null}]}}}}")
    assert record.outputs == {"z": [1, {"a": None}]}


def test_a_name_means_the_steps_of_all_branches_and_a_path_means_one(mocked):
    def branch() -> Pipeline:
        return Pipeline(steps=[ShellTask(name="go", command="exit 9", returns=["x"])])

    pipeline = Pipeline(steps=[Parallel(name="p", branches={"a": branch(), "b": branch()})])
    patches = "{patches: {go: {outputs: {x: 1}}, b.go: {outputs: {x: 2}}}}"
    record = mocked(pipeline, patches)
    assert (record.steps["p.a.go"].outputs, record.steps["p.b.go"].outputs) == ({"x": 1}, {"x": 2})


def test_a_map_goes_over_a_patched_list_or_a_parameter(mocked):
    def pipeline() -> Pipeline:
        body = Pipeline(steps=[PythonTask(name="work", function=forbidden, returns=["done"])])
        chunks = PythonTask(name="chunk files", function=forbidden, returns=["chunks"])
        each = Map(name="each", branch=body, iterate_on="chunks", iterate_as="c", reducer="lambda *xs: sum(xs)")
        return Pipeline(steps=[chunks, each])

    record = mocked(pipeline(), parameters="chunks: [0, 10]")
    assert record.steps["each.1.work"].status == "succeeded"
    config = "{patches: {chunk files: {outputs: {chunks: [1, 2]}}, work: {command: 'export done=$c'}}}"
    assert mocked(pipeline(), config.replace("'}", "', returns: [done]}")).outputs["done"] == 3
    assert mocked(pipeline(), "{patches: {each: {outputs: {done: 9}}}}").outputs["done"] == 9


def test_a_composite_whose_value_is_mocked_away_is_told_before_anything_runs(mocked):
    decide = PythonTask(name="decide", function=forbidden, returns=["side"])
    gate = Conditional(name="gate", parameter="side", branches={"heads": Pipeline(steps=[Stub(name="s")])})
    with pytest.raises(DefinitionError) as caught:
        mocked(Pipeline(steps=[decide, gate]))
    assert "'decide' returns it, and is mocked" in str(caught.value)
    assert "`outputs: {side: ...}`" in str(caught.value)


def test_a_loop_whose_condition_is_mocked_away_goes_on_to_its_last_iteration(mocked):
    body = Pipeline(steps=[PythonTask(name="check", function=forbidden, returns=["done"])])
    pipeline = Pipeline(steps=[Loop(name="loop", branch=body, break_on="done", index_as="i", max_iterations=3)])
    record = mocked(pipeline)
    assert [path for path in record.steps if path.endswith("check")] == [f"loop.{i}.check" for i in range(3)]


def test_secrets_and_environment_of_a_step_do_not_matter(mocked, monkeypatch):
    monkeypatch.setitem(sys.modules, "expensive", None)
    assert mocked(one(env={"A": "b"}, image="nowhere:1")).status == "succeeded"


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ("{patches: {step 1: {comand: exit 0}}}", "patches.step 1.comand: there is no such key"),
        ("{patches: {step 1: {outputs: {y: 1}}}}", "outputs: has 'y', and the step returns x"),
        ("{patches: {step 1: {command: nowhere.module.function}}}", "command: there is no module 'nowhere.module'"),
        (f"{{patches: {{step 1: {{command: {MODULE}.gone}}}}}}", "has no function 'gone'"),
        ("{patches: {step 1: {command: a/b.ipynb}}}", "there is no notebook 'a/b.ipynb'"),
        ("{patches: {step 1: {command: x, outputs: {x: 1}}}}", "command and outputs exclude each other"),
        ("{patches: {step 1: {returns: [x]}}}", "there is none"),
        ("{patches: {step 1: {command: ' '}}}", "command: is empty"),
        ("{patchs: {}}", "patchs: there is no such key"),
        ("{patches: [1]}", "patches"),
    ],
)
def test_a_patch_that_cannot_be_used_is_told(mocked, config, message):
    with pytest.raises(ConfigurationError) as caught:
        mocked(one(returns=["x"]), config)
    assert message in str(caught.value)
