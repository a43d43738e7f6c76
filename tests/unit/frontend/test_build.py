"""From what users write to the IR."""

import functools

import pytest

from examples.common import functions
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
    json,
    metric,
)
from runnable.configuration.project import find_root
from runnable.frontend.build import build
from runnable.frontend.functions import locate
from runnable.ir.nodes import Edge, FanOut, Graph, NotebookRun, On, PythonCall, Reads, ShellCommand, Switch, Task
from runnable.ir.options import Options, Resources, Toleration
from runnable_runtime.protocol import ReturnSpec


def graph(*steps):
    built = build(Pipeline(steps=list(steps)), __file__)
    assert not built.diagnostics, [d.message for d in built.diagnostics]
    return built.program.graph


def task(step) -> Task:
    return graph(step).nodes[0]


def test_steps_become_nodes_joined_in_their_order():
    found = graph(Stub(name="a"), Stub(name="b"), Stub(name="c"))
    assert [n.name for n in found.nodes] == ["a", "b", "c"]
    assert found.edges == (Edge("a", "b"), Edge("b", "c"))


def test_a_parallel_is_a_graph_without_edges():
    branch = Pipeline(steps=[Stub(name="x"), Stub(name="y")])
    found = task(Parallel(name="p", branches={"one": branch, "two": branch}))
    assert isinstance(found, Graph)
    assert [n.name for n in found.nodes] == ["one", "two"]
    assert found.edges == ()
    assert found.nodes[0].edges == (Edge("x", "y"),)


def test_a_function_is_named_by_its_module_and_its_arguments_are_read():
    found = task(PythonTask(name="a", function=functions.check_order_as_keywords))
    assert found.action == PythonCall("examples.common.functions", "check_order_as_keywords")
    assert found.reads == Reads(required=("customer",), everything=True)


def test_a_shell_and_a_notebook_read_everything():
    notebook = "examples/common/simple_notebook.ipynb"
    assert task(ShellTask(name="a", command="true")).action == ShellCommand("true")
    assert task(NotebookTask(name="a", notebook=notebook)).action == NotebookRun(notebook)
    assert task(NotebookTask(name="a", notebook=notebook)).reads == Reads(everything=True)


def test_a_notebook_is_found_from_any_folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    notebook = "examples/common/simple_notebook.ipynb"
    assert task(NotebookTask(name="a", notebook=notebook)).action == NotebookRun(notebook)


def test_returns_are_names_or_kinds():
    found = task(ShellTask(name="a", command="true", returns=["x", json("y"), metric("z")]))
    assert found.returns == (ReturnSpec("x"), ReturnSpec("y"), ReturnSpec("z", "metric"))


def test_options_take_the_forms_that_people_write():
    step = ShellTask(
        name="a",
        command="true",
        retry=3,
        timeout="1.5m",
        resources={"cpu": 0.5, "memory": "1Gi", "gpu": 1},
        image="mine:1",
        env={"A": "b"},
        node_selector={"disk": "ssd"},
        tolerations=[{"key": "gpu", "operator": "Exists", "tolerationSeconds": 5}],
        overrides={"argo": "large"},
    )
    assert task(step).options == Options(
        retry=3,
        timeout=90,
        resources=Resources("0.5", "1Gi", 1),
        image="mine:1",
        env=(("A", "b"),),
        node_selector=(("disk", "ssd"),),
        tolerations=(Toleration(key="gpu", operator="Exists", toleration_seconds=5),),
        overrides=(("argo", "large"),),
    )


def test_only_the_last_step_may_terminate_and_then_the_graph_fails():
    assert graph(Stub(name="a"), Stub(name="b", terminate_with_failure=True)).failing == ("b",)


def test_a_stub_takes_any_keyword():
    assert task(Stub(name="a", function=print, whatever=1)).returns == ()


def test_an_attribute_that_does_not_exist_cannot_be_set():
    with pytest.raises(AttributeError):
        Stub(name="a").on_falure = None


def test_an_attribute_set_later_counts():
    step = ShellTask(name="a", command="true")
    step.retry = 2
    assert task(step).options.retry == 2
    step.on_failure = Pipeline(steps=[Stub(name="b")])
    found = graph(step, Stub(name="c"))
    assert [node.name for node in found.nodes] == ["a", "c", "b"]
    assert found.edges == (Edge("a", "c"), Edge("a", "b", On.FAILURE))


def test_a_handler_has_several_steps_and_handlers_of_its_own():
    last = Pipeline(steps=[Stub(name="give up", terminate_with_failure=True)])
    handler = Pipeline(steps=[Stub(name="undo", on_failure=last), Stub(name="tell")])
    found = graph(Stub(name="a", on_failure=handler), Stub(name="b"))
    assert [node.name for node in found.nodes] == ["a", "b", "undo", "tell", "give up"]
    assert found.edges == (
        Edge("a", "b"),
        Edge("undo", "tell"),
        Edge("undo", "give up", On.FAILURE),
        Edge("a", "undo", On.FAILURE),
    )
    assert found.failing == ("give up",)


def one(name="one", returns=("y",)):
    return ShellTask(name=name, command="true", returns=list(returns)).as_pipeline()


def test_a_map_becomes_a_fan_out_with_its_body():
    found = task(Map(name="m", branch=one(), iterate_on="xs", iterate_as="x", max_parallel=2))
    assert isinstance(found, FanOut)
    assert (found.iterate_on, found.iterate_as, found.max_parallel, found.reducer, found.reduce) == (
        "xs",
        "x",
        2,
        None,
        None,
    )
    assert [node.name for node in found.body.nodes] == ["one"]


@pytest.mark.parametrize("reducer", ["max", max], ids=["its name", "itself"])
def test_a_builtin_reducer_needs_no_task(reducer):
    found = task(Map(name="m", branch=one(), iterate_on="xs", iterate_as="x", reducer=reducer))
    assert (found.reducer, found.reduce) == ("max", None)


@pytest.mark.parametrize(
    ("reducer", "function"),
    [
        ("lambda *x: max(x)", "lambda *x: max(x)"),
        ("statistics.mean", "statistics:mean"),
        ("operator.add", "operator:add"),
        ("abs", "builtins:abs"),
        (functions.count_words, "examples.common.functions:count_words"),
    ],
)
def test_another_reducer_is_a_task_that_reads_every_list(reducer, function):
    found = task(Map(name="m", branch=one(returns=["y", "z"]), iterate_on="xs", iterate_as="x", reducer=reducer))
    assert found.reduce.action.function == function
    assert found.reduce.reads.required == ("y", "z")
    assert found.reduce.returns == (ReturnSpec("y"), ReturnSpec("z"))


def test_a_conditional_becomes_a_switch_with_its_default_as_a_branch():
    found = task(Conditional(name="c", parameter="p", branches={"a-b": one(), "c_d": one()}, default=one()))
    assert isinstance(found, Switch)
    assert (found.parameter, found.default) == ("p", "default")
    assert [branch.name for branch in found.branches] == ["a-b", "c_d", "default"]


def test_a_loop_has_a_body_and_an_end():
    found = task(Loop(name="l", branch=one(), max_iterations=3, break_on="y", index_as="i"))
    assert (found.break_on, found.index_as, found.max_iterations) == ("y", "i", 3)
    assert [node.name for node in found.body.nodes] == ["one"]


def test_a_mistake_knows_the_line_that_it_was_made_on():
    with pytest.raises(DefinitionError) as caught:
        ShellTask(name="a", comand="true")
    assert caught.value.diagnostics[0].span.source == '        ShellTask(name="a", comand="true")'


def test_one_pipeline_object_may_be_used_twice():
    step = Stub(name="a")
    assert graph(step) == graph(step)


def decorated(function):
    @functools.wraps(function)
    def wrapper(*arguments, **keywords):
        return function(*arguments, **keywords)

    return wrapper


@decorated
def with_decorator(x: int):
    return x


class Holder:
    @staticmethod
    def static(x):
        return x


def test_a_decorated_function_is_the_one_that_its_name_stands_for():
    found = task(PythonTask(name="a", function=with_decorator))
    assert found.action.name == "with_decorator"
    assert found.reads == Reads(required=("x",))


def test_a_static_method_can_be_imported_by_its_qualified_name():
    assert task(PythonTask(name="a", function=Holder.static)).action.name == "Holder.static"


def test_a_function_that_its_name_no_longer_stands_for_is_refused():
    wrapped = decorated(functions.hello)
    assert "another object has that name" in locate(wrapped, find_root(__file__)).problem


def test_a_function_of_an_installed_package_needs_nothing():
    import textwrap

    assert locate(textwrap.dedent, find_root(__file__)).call == PythonCall("textwrap", "dedent")


def test_a_module_beside_the_script_brings_its_folder(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "sub").mkdir()
    (tmp_path / "sub" / "beside_the_script.py").write_text("def f():\n    pass\n")
    monkeypatch.syspath_prepend(str(tmp_path / "sub"))
    import beside_the_script

    located = locate(beside_the_script.f, tmp_path.resolve())
    assert located.call == PythonCall("beside_the_script", "f", ("sub",))
    assert locate(beside_the_script.f, (tmp_path / "sub").resolve()).call.import_path == ()
    assert locate(beside_the_script.f, find_root(__file__)).outside.endswith("beside_the_script.py")


def test_pipelines_that_are_nested_too_deeply_are_refused():
    inner = Pipeline(steps=[Stub(name="s")])
    for level in range(300):
        inner = Pipeline(steps=[Parallel(name=f"p{level}", branches={"b": inner})])
    assert ["nested in more than 100 others" in d.message for d in build(inner, __file__).diagnostics].count(True) == 1
