"""A pipeline in YAML is the pipeline that it would be in Python: checked, compiled, run, resumed and mocked."""

import json
import shutil

import pytest

from runnable.cli import main
from tests.support.commands import command
from tests.support.paths import ROOT

YAML = "examples/yaml/everything.yaml"
PYTHON = "examples/yaml/everything.py"
# The others get the same program, which is seen by what it compiles to.
EXECUTORS = {
    "local": "pipeline-executor: {type: local}\n",
    "mocked": (
        "pipeline-executor: {type: mocked, patches: {toss: {outputs: {side: heads}}, list: {outputs: {chunks: [1]}}}}\n"
    ),
}


@pytest.fixture
def project(tmp_path, monkeypatch):
    for name in ("common", "yaml", "configs"):
        shutil.copytree(ROOT / "examples" / name, tmp_path / "examples" / name)
    (tmp_path / "pyproject.toml").touch()
    return tmp_path


@pytest.mark.parametrize("target", ["argo", "mermaid", "ir"])
def test_it_compiles_to_the_bytes_of_the_same_in_python(target, monkeypatch, capsys):
    monkeypatch.chdir(ROOT)
    texts = []
    for file in (YAML, PYTHON):
        options = ["-c", "examples/configs/argo-s3.yaml"] if target == "argo" else []
        assert main(["compile", "-t", target, file, *options]) == 0
        texts.append(capsys.readouterr().out)
    assert texts[0] == texts[1].replace(PYTHON, YAML)


def ends(ended):
    assert ended.returncode == 0, ended.stderr
    return ended


@pytest.mark.parametrize("executor", EXECUTORS)
def test_it_ends_as_the_same_in_python(executor, project):
    (project / "c.yaml").write_text(EXECUTORS[executor])
    records = []
    for number, file in enumerate((YAML, PYTHON)):
        ends(command("run", file, "-c", "c.yaml", "--run-id", f"r{number}", cwd=project))
        shown = ends(command("show", f"r{number}", "--format", "json", cwd=project))
        record = json.loads(shown.stdout)
        records.append([(s["path"], s["status"], s.get("outputs")) for s in record["steps"]])
    assert records[0] == records[1]


def test_execute_is_a_name_of_run(project):
    printed = ends(
        command("execute", "examples/yaml/chunks.yaml", "daily", "--tag", "t", "--log-level", "info", cwd=project)
    )
    assert "run daily succeeded" in printed.stdout + printed.stderr
    shown = json.loads(command("show", "daily", "--format", "json", cwd=project).stdout)
    assert (shown["tag"], shown["source"]) == ("t", "examples/yaml/chunks.yaml")


def test_a_run_is_resumed_from_its_record(project):
    shell = "{type: task, command_type: shell, command: test -f there, next: success}"
    text = f"dag:\n  start_at: a\n  steps:\n    a: {{type: stub, next: b}}\n    b: {shell}\n"
    (project / "p.yaml").write_text(text)
    assert command("execute", "p.yaml", "r", cwd=project).returncode == 1
    (project / "there").touch()
    ends(command("retry", "r", cwd=project))
    ends(command("replay", "r", "b", cwd=project))


def test_timeline_shows_a_run_and_writes_its_report(project):
    ends(command("execute", "examples/yaml/chunks.yaml", "r", cwd=project))
    assert "each chunk" in ends(command("timeline", "r", cwd=project)).stdout
    assert (project / "r_timeline.html").read_text().startswith("<!doctype html>")
    assert not ends(command("timeline", "r", "--no-console", "-o", "t.html", cwd=project)).stdout
    assert (project / "t.html").exists()


def test_several_are_compiled_to_files_of_their_names(project):
    ends(
        command(
            "compile",
            YAML,
            "examples/yaml/chunks.yaml",
            "-o",
            "out",
            "-c",
            "examples/configs/argo-s3.yaml",
            cwd=project,
        )
    )
    assert sorted(path.name for path in (project / "out").iterdir()) == ["chunks.yaml", "everything.yaml"]


def test_a_kind_of_task_of_one_s_own_is_a_function(project):
    shutil.copytree(ROOT / "examples" / "published", project / "examples" / "published")
    ends(command("run", "examples/published/own_tasks.py", "--run-id", "r", cwd=project))
    assert "3 orders, 12 in all" in ends(command("logs", "r", "show", cwd=project)).stdout
