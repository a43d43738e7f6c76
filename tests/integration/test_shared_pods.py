"""How many items share a pod is decided by recorded runs, where a Map leaves that open: batch="auto"."""

import json
import re

import pytest

from runnable.cli import main

CODE = """
from runnable import *

each = Pipeline(steps=[ShellTask(name="wait", command="sleep 0.2"), ShellTask(name="end", command="true")])
many = Map(name="each", branch=each, iterate_on="xs", iterate_as="x", batch="auto")
pipeline = Pipeline(name="waits", steps=[many])
"""


@pytest.fixture
def project(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "p.py").write_text(CODE)
    (tmp_path / "xs.yaml").write_text("xs: [1, 2, 3]\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def compiled(capsys, *options):
    """The manifest, or what is said instead."""
    capsys.readouterr()
    main(["compile", "-t", "argo", "--image", "registry.example.com/a:1", "-p", "xs.yaml", *options, "p.py"])
    out, err = capsys.readouterr()
    return out or err


def size(manifest):
    return re.search(r"# % (\d+) == 0", manifest)[1]


def test_a_recorded_run_decides_how_many_items_share_a_pod(project, capsys):
    said = compiled(capsys)
    assert "RN951" in said
    assert "there is no run of 'waits' in" in said
    assert main(["run", "-q", "p.py", "-p", "xs.yaml", "--run-id", "first"]) == 0
    manifest = compiled(capsys)
    assert size(manifest) == "100", "an item takes 0.4 s or a little more, and two run at one time for 30 s"
    assert compiled(capsys) == manifest
    (project / "c.yaml").write_text("pipeline-executor: {type: argo, config: {batchTime: 2s, durations: first}}\n")
    assert size(compiled(capsys, "-c", "c.yaml")) in ("5", "10")
    (project / "c.yaml").write_text("pipeline-executor: {type: argo, config: {durations: other}}\n")
    assert "there is none" in compiled(capsys, "-c", "c.yaml")


def test_plan_and_simulate_say_what_is_decided_and_why(project, capsys):
    assert main(["run", "-q", "p.py", "-p", "xs.yaml", "--run-id", "first"]) == 0
    capsys.readouterr()
    assert main(["plan", "p.py", "-t", "argo", "-p", "xs.yaml", "--format", "json"]) == 0
    plan = json.loads(capsys.readouterr().out)
    assert re.match(r"batch of 'each' is 100: an item takes 0\.\d+ s by the run first, and a pod", plan["notes"][0])
    assert plan["argo"]["pods"] == {"least": 1, "most": 1}
    (project / "d.yaml").write_text("otherwise: 10s\n")
    assert main(["simulate", "p.py", "-t", "argo", "-p", "xs.yaml", "--durations", "d.yaml", "--format", "json"]) == 0
    simulated = json.loads(capsys.readouterr().out)
    assert simulated["notes"][0].startswith("batch of 'each' is 2: an item takes 20.2 s by what is given")
    assert simulated["pods"] == 2


@pytest.mark.parametrize("batch", ["often", 0])
def test_another_word_or_number_is_refused(project, capsys, batch):
    (project / "p.py").write_text(CODE.replace('"auto"', repr(batch)))
    assert "batch" in compiled(capsys)


def test_short_steps_share_a_pod_where_the_configuration_asks_for_it(project, capsys):
    steps = "[ShellTask(name=name, command=command) for name, command in STEPS.items()]"
    commands = {"a": "true", "b": "true", "c": "sleep 0.5", "d": "true"}
    (project / "p.py").write_text(
        f"from runnable import *\nSTEPS = {commands}\npipeline = Pipeline(name='chain', steps={steps})\n"
    )
    (project / "xs.yaml").write_text("xs: []\n")
    (project / "c.yaml").write_text("pipeline-executor: {type: argo, config: {fuse: auto, fuseBelow: 400ms}}\n")
    alone = compiled(capsys)
    said = compiled(capsys, "-c", "c.yaml")
    assert said == alone
    main(["check", "p.py", "-t", "argo", "-c", "c.yaml", "-p", "xs.yaml"])
    assert "RN952" in capsys.readouterr().out
    assert main(["run", "-q", "p.py", "-p", "xs.yaml", "--run-id", "first"]) == 0
    fused = compiled(capsys, "-c", "c.yaml")
    assert re.findall(r"name: (a-to-b|c|d|a|b)$", fused, re.MULTILINE) == ["a-to-b", "c", "d"]
    assert compiled(capsys) == alone
    assert main(["plan", "p.py", "-t", "argo", "-c", "c.yaml", "-p", "xs.yaml"]) == 0
    assert "note: fuse: auto is for 3 steps that take less than 0.4 s by the run first" in capsys.readouterr().out
