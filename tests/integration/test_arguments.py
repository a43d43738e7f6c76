"""Steps with `arguments`, from their runs to what is recorded, cached, resumed, replayed, mocked and compiled."""

import gzip
import json
import os
from dataclasses import replace

import pytest

from runnable import Pipeline, PythonTask, ShellTask, param
from runnable.frontend.build import build
from runnable.ir.nodes import Reads
from runnable.replay.from_workflow import from_workflow
from runnable.testing import run_pipeline
from runnable_runtime.protocol import Argument, TaskSpec
from runnable_runtime.task import run
from tests.support.argo_programs import compile_one
from tests.support.argo_simulator import SUCCEEDED, Simulator
from tests.support.commands import command
from tests.support.local_runs import call, execute, program, resume
from tests.support.paths import ROOT

HEAD = """
from runnable import Pipeline, PythonTask, ShellTask, param

def scale(text: str, by: int, more: int = 0) -> int:
    with open("did", "a") as file:
        file.write(f"{text} {by} {more}\\n")
    return len(text) * by + more

def fail(): raise ValueError
"""
STEPS = """
def main():
    steps = [
        PythonTask(name="short", function=scale, arguments={"text": "ab", "by": param("n")}, returns=["a"]CACHE),
        PythonTask(name="long", function=scale, arguments={"text": "abcd", "by": param("a")}, returns=["b"]),
    ]
    pipeline = Pipeline(steps=steps + MORE)
    pipeline.execute(parameters={"n": 3})
    return pipeline

if __name__ == "__main__":
    main()
"""
FAILING = 'PythonTask(name="end", function=fail)'


@pytest.fixture
def project(tmp_path, monkeypatch):
    """A project to run in; its working folder."""
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "runnable.yaml").write_text("catalog: {type: file-system}\nrun-log-store: {type: file-system}\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(folder, *changes, more=FAILING, cache=""):
    text = HEAD + STEPS.replace("MORE", f"[{more}]").replace("CACHE", cache)
    for before, after in changes:
        assert before in text
        text = text.replace(before, after)
    (folder / "p.py").write_text(text)


def runnable(folder, *arguments, **variables):
    return command(*arguments, cwd=folder, environment={**os.environ, **variables})


def did(folder):
    lines = (folder / "did").read_text().splitlines()
    (folder / "did").unlink()
    return lines


def test_a_step_whose_constant_or_parameter_has_changed_runs_again_when_a_run_is_resumed(tmp_path, capsys):
    calls = tmp_path / "calls"

    def note(text, by, more=0):
        with calls.open("a") as file:
            file.write(f"{text} {by} {more},")
        return by * 2 + more

    def fail():
        raise ValueError

    def again(*first, text="abcd", rerun=True, **given):
        """What ran when the run went on with these arguments of its two steps."""
        calls.write_text("")
        resume(steps(first, text), functions, tmp_path, rerun_changed=rerun, **given)
        return calls.read_text()

    def steps(first, text, **parameters):
        return program(
            taking("short", (*first, Argument("text", value="ab"), Argument("by", "n")), "a"),
            taking("long", (Argument("text", value=text), Argument("by", "a")), "b"),
            call("fail"),
            **parameters,
        )

    def taking(name, arguments, returned):
        task = call(name, "note", returns=returned)
        return replace(task, reads=Reads(optional=("more",)).with_arguments(arguments), arguments=arguments)

    functions = {"note": note, "fail": fail}
    first = execute(steps((), "abcd", n=3), functions, tmp_path, run_id="r")
    assert first.steps["long"].attempts[-1].inputs == {"text": "abcd", "by": 6}
    assert again() == ""
    capsys.readouterr()
    assert again(text="abcde", rerun=False) == ""
    assert "long does not run again, and has changed since: parameter text" in capsys.readouterr().err
    assert again(text="abcde") == "abcde 6 0,"
    assert again(Argument("more", value=1), text="abcde") == "ab 3 1,abcde 7 0,"
    assert again(Argument("more", value=1), text="abcde") == ""
    assert again(Argument("more", value=1), text="abcde", n=4) == "ab 4 1,abcde 9 0,"
    assert again(text="abcde") == "ab 4 0,abcde 8 0,"


def test_a_cached_step_runs_again_once_its_constant_has_changed(project):
    write(project, more="", cache=", cache=True")
    runnable(project, "run", "p.py")
    write(project, ('"ab"', '"abc"'), more="", cache=", cache=True")
    assert "parameter text changed" in runnable(project, "run", "p.py").stderr
    assert did(project) == ["ab 3 0", "abcd 6 0", "abc 3 0", "abcd 9 0"]


def test_a_replay_has_the_arguments_that_the_step_had(project):
    write(project)
    runnable(project, "run", "p.py", RUNNABLE_RUN_ID="r")
    write(project, ("abcd", "another"))
    again = runnable(project, "replay", "r", "long", "--save-as-test", "test_long.py")
    assert again.returncode == 0, again.stderr
    did(project)
    namespace = {"__file__": str(project / "test_long.py")}
    exec((project / "test_long.py").read_text(), namespace)
    assert namespace["INPUTS"] == {"by": 6, "text": "abcd"}
    namespace["test_long_as_in_r"]()
    assert did(project) == ["abcd 6 0"]


def scale(text: str, by: int, more: int = 0) -> int:
    return len(text) * by + more


def make() -> int:
    return 5


def pipeline():
    return Pipeline(
        steps=[
            PythonTask(name="make", function=make, returns=["made"]),
            PythonTask(name="scale", function=scale, arguments={"text": "ab", "by": param("made")}, returns=["scaled"]),
            ShellTask(
                name="say",
                command='export said="$made-$text-$by"',
                arguments={"text": "{{x}} $(y)", "by": param("scaled"), "made": None},
                returns=["said"],
            ),
        ]
    )


def test_a_test_of_a_pipeline_runs_them_and_a_stub_is_given_them_by_their_names():
    ran = run_pipeline(pipeline(), parameters={"more": 1, "text": "not this"})
    assert (ran.outputs["scaled"], ran.outputs["said"]) == (11, "null-{{x}} $(y)-11")
    given = []
    stubs = {"make": {"made": 7}, "scale": lambda text, by: given.append((text, by))}
    run_pipeline(pipeline(), stubs=stubs | {"say": {"said": ""}}, parameters={"text": "not this"})
    assert given == [("ab", 7)]
    run_pipeline(pipeline(), stubs={"make": None, "scale": {"scaled": 1}, "say": None})


def patched(by: int, extra: int = 0) -> int:
    return by + extra


def test_a_patch_of_a_mocked_run_takes_those_that_it_has(tmp_path, monkeypatch):
    monkeypatch.setenv("RUNNABLE_PROGRESS", "none")
    config = tmp_path / "mocked.yaml"
    config.write_text(
        "run-log-store: {type: buffered}\npipeline-executor:\n  type: mocked\n  config:\n    patches:\n"
        "      make: {outputs: {made: 7}}\n"
        f"      scale: {{command: {__name__}.patched}}\n"
    )
    record = pipeline().execute(configuration_file=str(config), parameters={"extra": 2, "text": "not this"})
    assert record.steps["scale"].outputs == {"scaled": 9}
    assert record.steps["scale"].attempts[-1].inputs == {"by": 7, "extra": 2}


def test_pods_take_them_from_what_the_workflow_gives():
    built = build(pipeline(), __file__)
    assert not built.diagnostics
    said = {}

    def work(spec, inputs):
        read = TaskSpec.from_json(json.dumps(spec))
        found = run(read, inputs, project=ROOT).outputs
        said.update(found)
        return found

    simulator = Simulator(compile_one(built.program)["spec"], work)
    assert simulator.run() == SUCCEEDED
    assert said == {"made": 5, "scaled": 10, "said": "null-{{x}} $(y)-10"}


def test_a_replay_of_a_pod_has_the_arguments_that_its_workflow_gave():
    workflow = json.loads(gzip.decompress((ROOT / "tests/data/workflows/everything.json.gz").read_bytes()))
    spec = TaskSpec("python", "m:f", arguments=(Argument("x", "cell"), Argument("path", value="a.csv")))
    for node in workflow["status"]["nodes"].values():
        for parameter in node.get("inputs", {}).get("parameters", []):
            if parameter["name"] == "spec":
                parameter["value"] = json.dumps(spec.to_json())
    found = from_workflow(workflow, "both.verdicts.cells.2.judge.odd.strange", None, ROOT)
    assert found.spec.arguments == ()
    assert (found.parameters["x"], found.parameters["path"], found.parameters["kind"]) == (3, "a.csv", "odd")
