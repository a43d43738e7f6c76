"""Steps that run an image of their own, on this machine. The engine is that of tests/support/fake_engine.py."""

import json
from dataclasses import replace

import pytest

from runnable import Conditional, ConfigurationError, ContainerTask, Loop, Map, Parallel, Pipeline, PythonTask, param
from runnable.container_engine import Engine, EngineMissing
from runnable.executors.local.run import run
from runnable.executors.settings import LocalSettings
from runnable.frontend.build import build
from runnable.runs.stores import STORES
from tests.support.fake_engine import RUNS_ON, FakeEngine

ONE_BY_ONE = LocalSettings()


def tool(**options):
    """A step that runs the program `tool`."""
    return ContainerTask(**{"name": "tool", "image": "tool:1", "command": ["tool"], **options})


@pytest.fixture
def engine(monkeypatch):
    """Makes an engine the one that is found."""

    def use(program, **options):
        found = FakeEngine(program, **options)
        monkeypatch.setattr(Engine, "connect", classmethod(lambda cls: found))
        return found

    return use


@pytest.fixture
def ran(tmp_path, capfd):
    """Runs steps; the record."""

    def execute(*steps, settings=ONE_BY_ONE, kind="file-system", **parameters):
        unit = build(Pipeline(name="p", steps=list(steps)), __file__)
        assert not unit.diagnostics, [d.message for d in unit.diagnostics]
        program = replace(unit.program, parameters=parameters)
        store = STORES[kind].open(STORES[kind].settings(log_folder=str(tmp_path / "logs")))
        return run(program, unit.functions, settings, store)

    return execute


def nothing(container):
    pass


def echo(container):
    """Writes its arguments to the file that the first one names."""
    container.files[container.words[1]] = json.dumps(container.words[2:]).encode() + b"\n"


# --- what goes in ---

HOSTILE = ["two words", "; rm -rf /", "$(id) `id` $HOME", '"', "'", "{{x}}", "", "-x", "a\nb\tc", "größe 💥"]


@pytest.mark.parametrize("value", HOSTILE)
def test_a_value_is_one_argument_whatever_is_in_it(engine, ran, value):
    found = engine(nothing)
    assert ran(tool(args=[param("x"), "--x=" + param("x") + "."]), x=value).status == "succeeded"
    assert found.only().words == ["tool", value, f"--x={value}."]


@pytest.mark.parametrize(
    ("value", "text"),
    [(5, "5"), (0.1, "0.1"), (True, "true"), (None, "null"), (["a", 1], '["a",1]'), ({"a": "ü"}, '{"a":"\\u00fc"}')],
)
def test_a_value_that_is_no_text_is_json(engine, ran, value, text):
    found = engine(nothing)
    ran(tool(args=[param("x")]), x=value)
    assert found.only().words[1] == text


@pytest.mark.parametrize(
    ("value", "reason"),
    [("x" * 32_001, "32,001 characters"), ("a\0b", "control character"), ("\x1b[1m", "control character")],
)
def test_a_value_that_no_argument_can_hold_fails_the_step(engine, ran, value, reason):
    found = engine(nothing)
    record = ran(tool(args=[param("x")]), x=value)
    assert record.status == "failed"
    assert reason in record.steps["tool"].message
    assert "'x'" in record.steps["tool"].message
    assert found.ran == {}


def test_a_program_has_its_own_variables_and_those_of_the_run_only(engine, ran, monkeypatch):
    monkeypatch.setenv("SECRET_OF_THIS_MACHINE", "x")
    found = engine(nothing)
    branch = tool(env={"A": "b"}).as_pipeline()
    ran(Loop(name="loop", branch=branch, max_iterations=1, break_on="x", index_as="i"), x=True)
    assert found.only().environment.keys() == {"A", "RUNNABLE_RUN_ID", "RUNNABLE_STEP_ATTEMPT"}


def test_a_program_is_no_root_and_can_do_no_more_than_in_a_pod(engine, ran):
    found = engine(nothing)
    ran(tool(working_dir="/data", resources={"memory": "1Gi"}))
    config = found.only().config
    assert config["User"] == "1000:1000"
    assert config["WorkingDir"] == "/data"
    assert config["HostConfig"]["CapDrop"] == ["ALL"]
    assert config["HostConfig"]["Memory"] == 2**30


def test_an_image_with_a_user_keeps_it(engine, ran):
    found = engine(nothing, user="app")
    ran(tool())
    assert found.only().config["User"] == "app"


# --- what comes out ---


@pytest.mark.parametrize(
    ("content", "value"),
    [
        (b"[1, 2]\n", [1, 2]),
        (b'{"a": 1.5}', {"a": 1.5}),
        (b"plain\n", "plain"),
        (b"two\nlines\n", "two\nlines"),
        (b"007", "007"),
        (b"1.10", "1.10"),
        (b"", ""),
        (b"true", True),
    ],
)
def test_a_file_is_json_or_text(engine, ran, content, value):
    engine(lambda container: container.files.update({"/out/x": content}))
    record = ran(tool(returns={"x": "/out/x"}))
    assert record.steps["tool"].attempts[-1].outputs == {"x": value}


def test_the_folders_of_files_are_there_before_the_program_starts(engine, ran):
    found = engine(lambda container: container.files.update({"/out/a": b"1", "/out/b": b"2", "/more/c": b"3"}))
    ran(tool(returns={"a": "/out/a", "b": "/out/b", "c": "/more/c"}))
    assert found.only().folders == ["/out", "/more"]


@pytest.mark.parametrize(
    ("files", "reason"),
    [({}, "has left no file /out/x, which 'x' is returned from"), ({"/out/x": b"\xff"}, "is no text in UTF-8")],
)
def test_a_file_that_is_not_there_or_no_text_fails_the_step(engine, ran, files, reason):
    engine(lambda container: container.files.update(files))
    record = ran(tool(returns={"x": "/out/x"}))
    assert record.status == "failed"
    assert reason in record.steps["tool"].message


def test_what_a_program_prints_is_shown_and_kept(engine, ran, capfd, tmp_path):
    def program(container):
        container.out, container.error = b"hello\n", b"careful\n"

    engine(program)
    record = ran(tool())
    assert "hello" in capfd.readouterr().out
    log = next((tmp_path / "logs").rglob(record.steps["tool"].attempts[-1].log))
    assert log.read_text() == "hello\ncareful\n"


# --- how it ends ---


def test_another_code_than_0_fails_the_step_with_its_last_words(engine, ran):
    def program(container):
        container.code, container.error = 3, b"some\nno such table\n"

    found = engine(program)
    record = ran(tool(retry=1))
    assert record.steps["tool"].message == "the program exited with 3: no such table"
    assert [ran.environment["RUNNABLE_STEP_ATTEMPT"] for ran in found.ran.values()] == ["1", "2"]
    assert all(ran.removed for ran in found.ran.values())


def test_a_program_without_memory_says_so(engine, ran):
    def program(container):
        container.code, container.out_of_memory = 137, True

    engine(program)
    assert "memory was exhausted" in ran(tool()).steps["tool"].message


def test_a_program_is_stopped_when_its_time_is_over(engine, ran):
    found = engine(lambda container: setattr(container, "code", RUNS_ON))
    record = ran(tool(timeout=0.1))
    assert record.steps["tool"].message == "timed out after 1 s"
    assert found.only().stopped.is_set()
    assert found.only().removed


# --- where it stands ---


def show(xs):
    return xs


@pytest.mark.parametrize("concurrent", [False, True])
def test_it_runs_beside_tasks_of_our_own(engine, ran, concurrent):
    engine(echo)
    step = {"image": "tool:1", "command": ["tool"]}
    each = ContainerTask(name="each", args=["/out/x", param("item")], returns={"said": "/out/x"}, **step).as_pipeline()
    one = ContainerTask(name="one", args=["/out/x", "left"], returns={"left": "/out/x"}, **step).as_pipeline()
    two = PythonTask(name="two", function=show, arguments={"xs": "right"}, returns=["right"]).as_pipeline()
    turn = ContainerTask(name="turn", args=["/out/x", param("i")], returns={"turn": "/out/x"}, **step).as_pipeline()
    last = ContainerTask(name="chosen", args=["/out/x", param("turn")], returns={"end": "/out/x"}, **step)
    record = ran(
        Map(name="map", branch=each, iterate_on="items", iterate_as="item"),
        Parallel(name="both", branches={"a": one, "b": two}),
        Loop(name="loop", branch=turn, max_iterations=2, break_on="never", index_as="i"),
        Conditional(name="which", parameter="side", branches={"x": last.as_pipeline()}),
        settings=LocalSettings(enable_parallel=concurrent),
        kind="chunked-fs",
        items=["a b", 2],
        side="x",
        never=False,
    )
    assert record.status == "succeeded", record.message
    outputs = {path: step.attempts[-1].outputs for path, step in record.steps.items() if step.attempts}
    assert outputs["map.0.each"] == {"said": ["a b"]}
    assert outputs["map.1.each"] == {"said": ["2"]}
    assert outputs["both.a.one"] == {"left": ["left"]}
    assert outputs["both.b.two"] == {"right": "right"}
    assert outputs["loop.1.turn"] == {"turn": ["1"]}
    assert outputs["which.x.chosen"] == {"end": ['["1"]']}


# --- what is needed ---


def test_without_an_engine_nothing_runs(monkeypatch, ran):
    def missing(cls):
        raise EngineMissing("unix:///none.sock", "No such file or directory")

    monkeypatch.setattr(Engine, "connect", classmethod(missing))
    with pytest.raises(ConfigurationError) as refused:
        ran(PythonTask(name="first", function=show, arguments={"xs": 1}), tool())
    assert [d.code for d in refused.value.diagnostics] == ["RN701"]


def test_an_image_that_is_nowhere_is_named_with_its_step(engine, ran):
    engine(nothing, images=())
    with pytest.raises(ConfigurationError) as refused:
        ran(tool())
    (problem,) = refused.value.diagnostics
    assert (problem.code, problem.image, problem.by) == ("RN702", "tool:1", "the step 'tool'")


def test_a_stub_needs_no_engine(run_pipeline):
    use = PythonTask(name="use", function=show, arguments={"xs": param("x")}, returns=["y"])
    pipeline = Pipeline(name="p", steps=[tool(returns={"x": "/out/x"}), use])
    ended = run_pipeline(pipeline, stubs={"tool": {"x": [1]}})
    assert ended.outputs["y"] == [1]


# --- an image that a parameter names ---


def test_its_image_is_the_value_of_a_parameter(engine, ran):
    found = engine(nothing)
    assert ran(tool(image=param("which")), which="tool:1").status == "succeeded"
    assert found.only().config["Image"] == "tool:1"


def test_an_image_that_a_step_returns_is_looked_for_when_it_is_known(engine, ran):
    found = engine(nothing, images=("tool:2",))
    choose = PythonTask(name="choose", function=show, arguments={"xs": "tool:2"}, returns=["which"])
    assert ran(choose, tool(image=param("which"))).status == "succeeded"
    assert found.only().config["Image"] == "tool:2"


def test_one_that_is_nowhere_fails_the_step(engine, ran):
    engine(nothing)
    choose = PythonTask(name="choose", function=show, arguments={"xs": "tool:9"}, returns=["which"])
    record = ran(choose, tool(image=param("which")))
    assert record.status == "failed"
    assert "there is no image 'tool:9'" in record.steps["tool"].message


def test_one_that_is_given_and_nowhere_is_found_before_anything_runs(engine, ran):
    engine(nothing)
    with pytest.raises(ConfigurationError) as refused:
        ran(tool(image=param("which")), which="tool:9")
    assert [d.code for d in refused.value.diagnostics] == ["RN702"]
