"""The `runnable` command, as people call it."""

import json
import os
import re
import shutil
import subprocess
import sys

import pytest

from tests.support.commands import command
from tests.support.paths import ROOT

PARALLEL = "examples/06-parallel/parallel.py"
HELLO = """
from runnable import Pipeline, PythonTask, Stub

def hello():
    print("hello")

def main():
    pipeline = Pipeline(steps=[PythonTask(name="hello", function=hello), Stub(name="end")])
    pipeline.execute()
    return pipeline

if __name__ == "__main__":
    main()
"""


def runnable(*arguments, cwd=ROOT, **environment):
    return command(*arguments, cwd=cwd, environment={**os.environ, **environment})


@pytest.fixture
def project(tmp_path):
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "pipe.py").write_text(HELLO)
    return tmp_path


def test_compiling_gives_the_same_bytes_whatever_the_hash_seed_and_the_folder(tmp_path):
    copy = tmp_path / "elsewhere" / "project"
    shutil.copytree(ROOT / "examples", copy / "examples", ignore=shutil.ignore_patterns("__pycache__"))
    (copy / "pyproject.toml").touch()
    texts = {
        runnable("compile", PARALLEL, PYTHONHASHSEED="1").stdout,
        runnable("compile", PARALLEL, PYTHONHASHSEED="2").stdout,
        runnable("compile", ROOT / PARALLEL, cwd=tmp_path).stdout,
        runnable("compile", PARALLEL, cwd=copy).stdout,
        runnable("compile", "parallel.py", cwd=ROOT / "examples" / "06-parallel").stdout,
        runnable("compile", f"{PARALLEL}:main").stdout,
    }
    assert len(texts) == 1
    assert texts.pop().count("kind: WorkflowTemplate") == 1


def test_what_the_users_file_prints_stays_out_of_the_manifest(project):
    (project / "pipe.py").write_text(HELLO + "\nprint('defining')\n")
    ended = runnable("compile", "--target", "ir", "pipe.py", cwd=project)
    assert ended.stdout.startswith('pipeline "pipe"\n')
    assert "defining" in ended.stderr


def test_compiling_runs_nothing(project):
    (project / "pipe.py").write_text(HELLO.replace('print("hello")', 'open("ran", "w")'))
    assert runnable("compile", "pipe.py", cwd=project).returncode == 0
    assert sorted(p.name for p in project.iterdir() if p.name != "__pycache__") == ["pipe.py", "pyproject.toml"]


def test_an_output_file_or_folder_is_written_whole(project):
    ended = runnable("compile", "-o", "out/pipe.yaml", "--image", "mine:1", "pipe.py", cwd=project)
    assert (ended.returncode, ended.stdout, ended.stderr) == (0, "", "wrote out/pipe.yaml\n")
    runnable("compile", "-o", "folder/", "--image", "mine:1", "pipe.py", cwd=project)
    assert (project / "folder" / "pipe.yaml").read_text() == (project / "out" / "pipe.yaml").read_text()
    assert [p.name for p in (project / "out").iterdir()] == ["pipe.yaml"]


def test_an_output_that_cannot_be_written_says_so_and_leaves_what_was_there(project):
    (project / "taken").write_text("as it was")
    ended = runnable("compile", "-o", "taken/pipe.yaml", "pipe.py", cwd=project)
    assert ended.returncode == 5
    assert ended.stderr == "cannot write taken/pipe.yaml: Not a directory\n" or "taken" in ended.stderr
    assert "Traceback" not in ended.stderr
    assert (project / "taken").read_text() == "as it was"


def test_an_error_writes_nothing(project):
    (project / "pipe.py").write_text(HELLO.replace('name="end"', 'name="a.b"'))
    ended = runnable("compile", "-o", "out/pipe.yaml", "pipe.py", cwd=project)
    assert ended.returncode == 3
    assert not (project / "out").exists()


def test_a_function_outside_of_the_project_runs_here_but_does_not_compile(project, tmp_path_factory):
    other = tmp_path_factory.mktemp("other")
    (other / "far_away.py").write_text("def work():\n    pass\n")
    (project / "pipe.py").write_text(
        HELLO.replace("def hello", "from far_away import work\n\ndef hello").replace("function=hello", "function=work")
    )
    assert runnable("run", "pipe.py", cwd=project, PYTHONPATH=str(other)).returncode == 0
    ended = runnable("compile", "pipe.py", cwd=project, PYTHONPATH=str(other))
    assert ended.returncode == 3
    assert "error[RN207]" in ended.stderr


def test_check_prints_everything_and_says_how_many(project):
    assert runnable("check", "pipe.py", cwd=project).stdout == "no mistakes found\n"
    (project / "pipe.py").write_text(HELLO.replace("def hello()", "def hello(missing, another)"))
    ended = runnable("check", "pipe.py", cwd=project)
    assert ended.returncode == 3
    assert ended.stdout.count("error[RN301]") == 2
    assert ended.stdout.endswith("2 errors, 0 warnings, 0 hints\n")


def test_check_finds_what_compiling_would_refuse(project):
    (project / "pipe.py").write_text(
        "from runnable import *\n"
        "p = Pipeline(steps=[Map(name='m', branch=Stub(name='s').as_pipeline(), iterate_on='xs', iterate_as='x')])\n"
    )
    (project / "xs.yaml").write_text(f"xs: {list(range(30_000))}\n")
    (project / "argo.yaml").write_text("pipeline-executor: {type: argo, config: {image: 'me:1'}}\n")
    check = ("check", "pipe.py", "-p", "xs.yaml")
    for options, exit_code, said in (
        ((), 0, "hint[RN508]: Argo cannot run this Map"),
        (("--target", "argo"), 3, "error[RN501]: bytes that a workflow keeps"),
        (("--target", "k8s-job"), 3, "error[RN506]: k8s-job is for one task"),
        (("-c", "argo.yaml"), 3, "error[RN501]: bytes that a workflow keeps"),
    ):
        ended = command(*check, *options, cwd=project)
        assert (ended.returncode, said in ended.stdout) == (exit_code, True), ended.stdout


def test_check_gives_json_where_the_pipeline_cannot_be_built(project):
    (project / "broken.py").write_text("from runnable import Stub\nStub(nam='a')\n")
    ended = runnable("check", "--format", "json", "broken.py", cwd=project)
    assert ended.returncode == 3
    assert {(d["code"], d["line"]) for d in json.loads(ended.stdout)} == {("RN202", 2)}


def test_check_gives_json_to_other_tools(project):
    (project / "pipe.py").write_text(HELLO.replace("def hello()", "def hello(missing)"))
    found = json.loads(runnable("check", "--format", "json", "pipe.py", cwd=project).stdout)
    assert [(d["code"], d["severity"], d["line"]) for d in found] == [("RN301", "error", 8)]


def test_a_named_parameters_file_is_stronger_than_the_files_own(project):
    (project / "own.yaml").write_text("x: 1\n")
    (project / "named.yaml").write_text("x: 2\n")
    text = HELLO.replace("def hello()", "def hello(x)").replace("execute()", "execute(parameters_file='own.yaml')")
    (project / "pipe.py").write_text(text)
    compiled = ("compile", "--target", "ir", "pipe.py")
    assert "parameter x = 1" in runnable(*compiled, cwd=project).stdout
    assert "parameter x = 2" in runnable(*compiled, "-p", "named.yaml", cwd=project).stdout
    assert "parameter x = 3" in runnable(*compiled, cwd=project, RUNNABLE_PRM_x="3").stdout


def test_a_script_that_fails_ends_with_one_and_a_message_not_a_traceback_of_ours(project):
    (project / "pipe.py").write_text(HELLO.replace('print("hello")', 'raise ValueError("no luck")'))
    ended = subprocess.run([sys.executable, "pipe.py"], cwd=project, capture_output=True, text=True)
    assert ended.returncode == 1
    assert "no luck" in ended.stderr
    assert "compiler/runnable" not in ended.stderr
    assert runnable("run", "pipe.py", cwd=project).returncode == 1


def test_a_pipeline_at_module_level_compiles_and_runs(project):
    text = HELLO[: HELLO.index("def main")] + 'Pipeline(steps=[PythonTask(name="hello", function=hello)]).execute()\n'
    (project / "pipe.py").write_text(text)
    assert runnable("compile", "--target", "ir", "pipe.py", cwd=project).returncode == 0
    assert subprocess.run([sys.executable, "pipe.py"], cwd=project, capture_output=True).returncode == 0


def test_two_runs_in_one_script_have_two_ids(project):
    (project / "pipe.py").write_text(HELLO.replace("    main()\n", "    main()\n    main()\n"))
    assert subprocess.run([sys.executable, "pipe.py"], cwd=project, capture_output=True).returncode == 0
    assert len(list((project / ".run_log_store").iterdir())) == 2


def test_explain_tells_more_of_a_code():
    assert runnable("explain", "rn301").stdout.startswith("RN301 ParameterNotProvided (error)\n\n")
    assert runnable("explain", "RN999").returncode == 2


def test_a_wrong_command_line_ends_with_two():
    assert runnable("compile").returncode == 2
    assert runnable("compile", "--tarket", "argo", PARALLEL).returncode == 2


def test_mermaid_draws_composites_as_subgraphs():
    text = runnable("compile", "--target", "mermaid", PARALLEL).stdout
    assert text.startswith("flowchart TD\n")
    assert len(re.findall("subgraph", text)) == 3


def test_a_configuration_for_argo_makes_execute_write_the_manifest(project):
    (project / "argo.yaml").write_text("pipeline-executor: {type: argo, config: {image: mine:1}}\n")
    environment = {**os.environ, "RUNNABLE_CONFIGURATION_FILE": "argo.yaml"}
    ended = subprocess.run([sys.executable, "pipe.py"], cwd=project, env=environment, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    assert "mine:1" in (project / "argo-pipeline.yaml").read_text()
