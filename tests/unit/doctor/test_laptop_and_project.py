"""What `doctor` finds on this machine and in a project."""

import json
import os
import sys
from types import ModuleType

import pytest

from runnable.cli import main
from runnable.configuration import load_configuration
from runnable.doctor import laptop, project
from runnable.doctor.examination import examined
from runnable.doctor.finding import Level, ok


@pytest.fixture
def configured(tmp_path, monkeypatch):
    """Makes the configuration of a project from its text."""
    (tmp_path / "pyproject.toml").touch()
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KUBECONFIG", str(tmp_path / "none"))

    def make(text):
        (tmp_path / "config.yaml").write_text(text)
        return load_configuration("config.yaml", tmp_path)

    return make


def levels(findings):
    return {one.check: one.level for one in findings}


def test_a_project_without_a_configuration_is_well(configured):
    found = [*project.root(configured("")), *project.configured(configured("")), *project.stores(configured(""))]
    assert {one.level for one in found} == {Level.OK}
    assert {one.check for one in found} == {"project", "configuration", "catalog", "run log"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("pipeline-executor: {type: nowhere}\n", "nowhere"),
        ("run-log-store: {type: chunked-fs, config: {colour: red}}\n", "colour"),
        ("pipeline-executor: {type: argo, config: {parallelism: many}}\n", "parallelism"),
        ("pipeline-executor: {type: argo, config: {unheard: 1}}\n", "unheard"),
    ],
)
def test_a_mistake_in_the_configuration_is_a_problem_with_its_line(configured, text, told):
    found = list(project.configured(configured(text)))
    assert Level.PROBLEM in levels(found).values()
    assert any(told in one.text and "config.yaml:1" in one.text for one in found)
    assert all(one.advice for one in found)


@pytest.mark.parametrize(
    ("text", "level"),
    [
        ("pipeline-executor: {type: argo}\n", Level.WARNING),
        ("pipeline-executor: {type: argo, config: {image: 'mine:latest'}}\n", Level.WARNING),
        ("pipeline-executor: {type: argo, config: {image: 'mine:1.2'}}\n", Level.OK),
    ],
)
def test_an_image_that_is_not_named_or_has_no_version_is_told(configured, text, level):
    assert levels(project.image(project.argo_settings(configured(text)))) == {"image": level}


def test_where_nothing_runs_on_argo_no_image_is_asked_for(configured):
    assert list(project.image(project.argo_settings(configured("")))) == []


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_cannot_be_written_to_is_a_problem(configured, tmp_path):
    (tmp_path / "locked").mkdir(mode=0o500)
    found = project.stores(configured("run-log-store: {type: file-system, log_folder: locked/log}\n"))
    assert levels(found)["run log"] is Level.PROBLEM


def test_a_file_where_the_records_are_to_be_is_a_problem(configured, tmp_path):
    (tmp_path / "taken").touch()
    found = project.stores(configured("run-log-store: {type: file-system, log_folder: taken/log}\n"))
    assert levels(found)["run log"] is Level.PROBLEM


def test_a_bucket_that_cannot_be_reached_is_a_problem_and_no_key_is_shown(configured):
    text = (
        "catalog: {type: s3, config: {bucket: b, endpoint_url: 'http://127.0.0.1:9', aws_access_key_id: k3y, "
        "aws_secret_access_key: s3cret}}\n"
    )
    (found,) = [one for one in project.stores(configured(text)) if one.check == "catalog"]
    assert found.level is Level.PROBLEM
    assert "127.0.0.1:9" in found.text
    assert "s3cret" not in found.text
    assert "k3y" not in found.text


def test_what_a_configuration_needs_and_is_not_installed_is_a_problem(configured, monkeypatch):
    monkeypatch.setattr(laptop, "find_spec", lambda name: None)
    assert levels(laptop.extras(configured(""))) == {"extra notebook": Level.NOTE, "extra s3": Level.NOTE}
    needing = configured("catalog: {type: s3, config: {bucket: b}}\n")
    found = {one.check: one for one in laptop.extras(needing)}
    assert found["extra s3"].level is Level.PROBLEM
    assert "pip install 'runnable-pipelines[s3]'" in found["extra s3"].advice


def test_an_installation_that_is_broken_is_a_problem(configured, monkeypatch):
    class Broken(ModuleType):
        pass

    monkeypatch.setitem(sys.modules, "s3fs", None)  # importing it fails, though it is installed
    monkeypatch.setattr(laptop, "find_spec", lambda name: Broken)
    found = {one.check: one for one in laptop.extras(configured(""))}
    assert found["extra s3"].level is Level.PROBLEM


def test_an_engine_that_does_not_answer_is_a_problem_only_where_one_is_needed(configured, monkeypatch):
    monkeypatch.setenv("DOCKER_HOST", "tcp://127.0.0.1:9")
    assert levels(laptop.engine(configured(""))) == {"container engine": Level.NOTE}
    needing = configured("pipeline-executor: {type: local-container}\n")
    assert levels(laptop.engine(needing)) == {"container engine": Level.PROBLEM}


def test_a_check_that_does_not_end_is_told_in_time_and_the_others_are_not_lost():
    import threading

    def endless():
        threading.Event().wait(30)
        yield ok("slow", "")

    def fails():
        raise KeyError("of another kind")

    found = examined("laptop", [("slow", endless), ("fails", fails), ("good", lambda: iter([ok("good", "")]))], 0.2)
    assert levels(found.findings) == {"slow": Level.WARNING, "fails": Level.PROBLEM, "good": Level.OK}


def test_the_command_ends_with_4_for_a_problem_here_and_prints_what_to_do(configured, capsys, monkeypatch):
    monkeypatch.setattr(laptop, "extras", lambda configuration: iter(()))  # importing them takes a second
    configured("pipeline-executor: {type: nowhere}\n")
    assert main(["doctor", "-c", "config.yaml", "--json"]) == 4
    found = json.loads(capsys.readouterr().out)
    assert found["version"] == 1
    assert found["problems"] >= 1
    assert "cluster" not in found
    configured("")
    assert main(["doctor", "-c", "config.yaml"]) == 0
    text = capsys.readouterr().out
    assert "\n  ok       configuration: config.yaml; pipelines run with 'local'\n" in text
    assert "no problems" in text


def test_a_configuration_that_cannot_be_read_is_a_problem_too(configured, capsys, monkeypatch):
    monkeypatch.setattr(laptop, "extras", lambda configuration: iter(()))
    configured("")
    assert main(["doctor", "-c", "missing.yaml"]) == 4
    assert "problem  configuration: " in capsys.readouterr().out
