"""What a new user runs into in the first hour: each test is named after its kind."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runnable import cli
from tests.support import commands


@pytest.fixture
def project(tmp_path: Path):
    """Writes a file of a project of its own, and runs a command in it."""

    def command(*arguments: str, **files: str) -> subprocess.CompletedProcess[str]:
        for name, text in files.items():
            (tmp_path / f"{name}.py").write_text(text)
        environment = {key: value for key, value in os.environ.items() if not key.startswith("RUNNABLE_")}
        if arguments[0] == "runnable":
            return commands.command(*arguments[1:], cwd=tmp_path, environment=environment)
        return subprocess.run(
            [sys.executable, *arguments], cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=60
        )

    return command


def runnable(*arguments: str) -> tuple[str, ...]:
    return ("runnable", *arguments)


CONDITIONAL = """
from runnable import Conditional, Pipeline, PythonTask, Stub

def ok() -> bool:
    return True

def count():
    return 2

def branch(name):
    return Stub(name=name).as_pipeline()

def main():
    pipeline = Pipeline(steps=[
        PythonTask(name="ok", function=ok, returns=["ok"]),
        Conditional(name="by truth", parameter="ok", branches={True: branch("yes"), False: branch("no")}),
        PythonTask(name="count", function=count, returns=["count"]),
        Conditional(name="by number", parameter="count", branches={1: branch("one"), 2: branch("two")}),
    ])
    pipeline.execute(run_id="r")
    return pipeline

if __name__ == "__main__":
    main()
"""


def test_branches_may_be_the_values_themselves(project):
    ended = project("pipeline.py", pipeline=CONDITIONAL)
    assert ended.returncode == 0, ended.stderr
    record = json.loads(project(*runnable("show", "r", "--format", "json")).stdout)
    status = {step["path"]: step["status"] for step in record["steps"]}
    assert status["by truth.True.yes"] == status["by number.2.two"] == "succeeded"
    assert status["by truth.False"] == status["by number.1"] == "skipped"
    checked = project(*runnable("check", "pipeline.py"))
    assert (checked.returncode, checked.stdout) == (0, "no mistakes found\n")
    assert project(*runnable("compile", "--image", "i:1", "pipeline.py")).returncode == 0


def test_one_branch_for_a_value_and_its_text_is_refused(project):
    text = CONDITIONAL.replace("{1: branch", "{2: branch").replace('2: branch("two")', "'2': branch(\"two\")")
    ended = project(*runnable("check", "pipeline.py"), pipeline=text)
    assert ended.returncode == 3
    assert "has 2 and '2', which are the same value" in ended.stdout + ended.stderr


GUARDED = """
from runnable import Pipeline, PythonTask

if __name__ == "__main__":
    def f():
        return 3

    Pipeline(steps=[PythonTask(name="f", function=f, returns=["x"])]).execute(run_id="r")
"""


def test_a_function_below_the_main_guard_is_found_before_a_pod_looks_for_it(project):
    for arguments in (("check", "guarded.py"), ("compile", "--image", "i:1", "guarded.py")):
        ended = project(*runnable(*arguments), guarded=GUARDED)
        assert ended.returncode == 3
        assert "error[RN205]: step 'f'" in ended.stdout + ended.stderr
        assert "guarded.py:8" in ended.stdout + ended.stderr
    assert project("guarded.py").returncode == 0  # this process has it


@pytest.mark.parametrize(
    "other",
    ["def f():\n    return 1\n", "from math import pi as f\n", "try:\n    f = len\nexcept NameError:\n    pass\n"],
)
def test_a_function_that_is_defined_outside_of_the_guard_too_is_importable(project, other):
    ended = project(*runnable("check", "guarded.py"), guarded=other + GUARDED)
    assert "RN205" not in ended.stdout + ended.stderr


FAILING = """
from runnable import Pipeline, PythonTask

def half(n):
    return 1 / n

def f():
    print("before", end="")
    return half(0)

Pipeline(steps=[PythonTask(name="f", function=f, returns=["x"])]).execute(run_id="r")
"""


def test_the_traceback_of_a_failed_task_is_in_its_log_and_its_record(project):
    assert project("failing.py", failing=FAILING).returncode == 1
    log = project(*runnable("logs", "r", "f")).stdout
    assert log.startswith("before\nTraceback (most recent call last):\n")
    assert "in half" in log
    assert log.endswith("ZeroDivisionError: division by zero\n")
    (step,) = json.loads(project(*runnable("show", "r", "--format", "json")).stdout)["steps"]
    assert step["attempts"][0]["trace"] in log


@pytest.mark.parametrize("wrong", ["pickled(3)", "json(None)", "metric(['a'])"])
def test_a_return_that_is_called_by_no_text_is_refused(project, wrong):
    text = FAILING.replace("import Pipeline", "import Pipeline, json, metric, pickled").replace('["x"]', f"[{wrong}]")
    ended = project(*runnable("check", "failing.py"), failing=text)
    assert ended.returncode == 3
    assert "error[RN203]" in ended.stdout + ended.stderr


def test_paths_are_taken_where_a_path_is_meant(project, tmp_path):
    notebook = {"cells": [], "metadata": {"kernelspec": {"name": "python3"}}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "n.ipynb").write_text(json.dumps(notebook))
    text = """
from pathlib import Path
from runnable import Catalog, NotebookTask, Pipeline, ShellTask
Pipeline(steps=[
    ShellTask(name="w", command="mkdir -p d; echo 1 > d/f.txt", catalog=Catalog(put=[Path("d") / "f.txt"])),
    NotebookTask(name="n", notebook=Path("n.ipynb"), catalog=Catalog(get=[Path("d/f.txt")])),
]).execute()
"""
    ended = project(*runnable("check", "paths.py"), paths=text)
    assert (ended.returncode, ended.stdout) == (0, "no mistakes found\n"), ended.stderr


def test_a_mistyped_command_is_recognized(project):
    ended = project(*runnable("chek", "x.py"))
    assert ended.returncode == 2
    assert "there is no command 'chek': did you mean 'check'?" in ended.stderr


def test_a_bug_of_ours_says_that_it_is_one_and_ends_with_70(monkeypatch, capsys):
    def broken(_):
        raise AttributeError("nobody expected this")

    monkeypatch.setattr("runnable.cli.explain.run", broken)
    assert cli.main(["explain", "RN101"]) == 70
    text = capsys.readouterr().err
    assert "AttributeError: nobody expected this" in text
    assert "This is a bug in runnable, not a mistake of yours. Please report it" in text


def test_a_run_that_only_writes_a_manifest_says_that_nothing_has_run(project, tmp_path):
    (tmp_path / "argo.yaml").write_text("pipeline-executor: {type: argo, config: {image: 'i:1'}}")
    ended = project(*runnable("run", "pipeline.py", "-c", "argo.yaml"), pipeline=CONDITIONAL)
    assert ended.returncode == 0
    assert "nothing has run" in ended.stderr


PACKAGED = """
import os
from runnable import Pipeline, PythonTask
from .steps import double

def fails_at_first(doubled):
    if os.environ.get("BAD"):
        raise ValueError("bad")
    print("RESULT", doubled)

def main():
    pipeline = Pipeline(steps=[
        PythonTask(name="double", function=double, returns=["doubled"]),
        PythonTask(name="show", function=fails_at_first),
    ])
    pipeline.execute(run_id="r")
    return pipeline

if __name__ == "__main__":
    main()
"""


@pytest.fixture(params=["", "src"])
def package(project, tmp_path, request):
    folder = tmp_path / request.param / "forecast"
    folder.mkdir(parents=True)
    (folder / "__init__.py").touch()
    (folder / "steps.py").write_text("def double():\n    return 42\n")
    (folder / "pipeline.py").write_text(PACKAGED)
    return request.param


def test_a_module_of_a_package_is_loaded_as_one(project, package):
    file = f"{package}/forecast/pipeline.py".removeprefix("/")
    for named in (file, f"{file}:main", "forecast.pipeline", "forecast.pipeline:main"):
        checked = project(*runnable("check", named))
        assert (checked.returncode, checked.stdout) == (0, "no mistakes found\n"), checked.stderr
    assert "RESULT 42" in project(*runnable("run", "forecast.pipeline:main", "--run-id", "other")).stdout
    assert project(*runnable("compile", "--image", "i:1", file)).returncode == 0


def test_a_run_that_was_made_with_python_m_is_resumed_and_replayed(project, package, tmp_path, monkeypatch):
    monkeypatch.setenv("BAD", "1")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / package))
    assert project("-m", "forecast.pipeline").returncode == 1
    monkeypatch.delenv("BAD")
    monkeypatch.delenv("PYTHONPATH")
    resumed = project(*runnable("retry", "r"))
    assert "RESULT 42" in resumed.stdout, resumed.stderr
    assert "RESULT 42" in project(*runnable("replay", "r", "show")).stdout


# --- messages of the first hour that were riddles


def keys_of(text, tmp_path):
    """What is said of the keys of `config`, which are YAML."""
    from runnable.configuration import load_configuration, validate
    from runnable.diagnostics.errors import ConfigurationError
    from runnable.targets.argo.config import ArgoKeys

    file = tmp_path / "argo.yaml"
    file.write_text(f"pipeline-executor:\n  type: argo\n  config:\n    {text}\n")
    section = load_configuration(str(file), tmp_path).section("pipeline-executor")
    with pytest.raises(ConfigurationError) as refused:
        validate(ArgoKeys, section.config, file=str(file), at="pipeline-executor.config")
    [found] = refused.value.diagnostics
    return f"{found.message} | {found.help}"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('schedules: ["0 6 * *"]', "should be five fields between blanks (minute, hour, day of the month, month, "),
        ("namespace: My_Space", "should be a namespace: at most 63 small letters, digits and `-`"),
        ("labels: {a: '-'}", "should be at most 63 letters, digits"),
        ("tolerations: []", "'tolerations' belongs under `pipeline-executor.config.defaults`"),
        ("nodeSelector: {}", "'nodeSelector' belongs under `pipeline-executor.config.defaults`"),
        ("defaults: {schedules: []}", "'schedules' belongs under `pipeline-executor.config`"),
        ("imag: x", "did you mean 'image'?"),
    ],
)
def test_a_wrong_key_says_where_it_belongs_and_a_wrong_text_what_it_should_be(tmp_path, text, said):
    shown = keys_of(text, tmp_path)
    assert said in shown
    assert "pattern" not in shown


def test_a_configuration_for_another_target_does_not_keep_a_drawing_from_being_made(tmp_path):
    (tmp_path / "argo.yaml").write_text("pipeline-executor: {type: argo, config: {image: 'x:1'}}\n")
    (tmp_path / "drawn.py").write_text("from runnable import *\nPipeline(steps=[Stub(name='a')]).execute()\n")
    for target in ("mermaid", "ir"):
        ended = commands.command("compile", "-t", target, "drawn.py", "-c", "argo.yaml", cwd=tmp_path)
        assert (ended.returncode, ended.stderr) == (0, "")


def test_arguments_by_position_are_one_mistake():
    from runnable import PythonTask
    from runnable.diagnostics.errors import DefinitionError

    with pytest.raises(DefinitionError) as refused:
        PythonTask("f", len)  # type: ignore[misc,call-arg]
    [found] = refused.value.diagnostics
    assert "given by keyword, such as name=..., function=..., not as 'f'" in found.message


def test_what_the_last_step_returns_is_the_result_and_no_hint():
    from runnable import Pipeline, PythonTask, Stub
    from runnable.frontend.build import build
    from runnable.passes import diagnose

    def hints(*steps):
        unit = build(Pipeline(steps=list(steps)), __file__)
        return [one.code for one in diagnose(unit, hints=True)]

    def task():
        return PythonTask(name="give", function=_give, returns=["x"])

    assert hints(task()) == []
    assert hints(Stub(name="before"), task()) == []
    assert hints(task(), Stub(name="after")) == ["RN305"]


def _give() -> int:
    return 3


@pytest.mark.parametrize(
    ("noun", "expected"), [("int", "an int"), ("list", "a list"), ("Enum", "an Enum"), ("str", "a str")]
)
def test_a_noun_has_its_article(noun, expected):
    from runnable_runtime.failures import a

    assert a(noun) == expected


def test_a_method_is_called_one():
    from pathlib import Path

    from runnable.frontend.functions import locate

    assert locate("".upper, Path.cwd()).problem == "it is a builtin_function_or_method, and not a function of a module"
    assert locate(Path.cwd, Path.cwd()).problem == "it is a method, and not a function of a module"


def test_a_difference_has_no_empty_lines_between_its_lines():
    from runnable.manifests.text import render_texts

    assert render_texts("a\nb\n", "a\nc\n", "f").splitlines() == [
        "--- f (committed)",
        "+++ f (compiled)",
        "@@ -1,2 +1,2 @@",
        " a",
        "-b",
        "+c",
    ]
