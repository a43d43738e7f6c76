"""Reading configuration and parameters."""

from dataclasses import dataclass, field
from typing import ClassVar

import pytest

from runnable.configuration import load_configuration, validate
from runnable.configuration.yaml_file import read_mapping
from runnable.diagnostics import ConfigurationError
from tests.support.parameters import load_parameters


def write(tmp_path, text, name="config.yaml"):
    path = tmp_path / name
    path.write_text(text)
    return str(path)


def test_without_a_file_every_section_has_its_default(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    configuration = load_configuration()
    assert configuration.section("pipeline-executor").type == "local"
    assert configuration.section("run-log-store").type == "file-system"


def test_the_file_of_the_working_folder_is_used_where_none_is_named(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write(tmp_path, "run-log-store: {type: buffered}", "runnable-config.yaml")
    assert load_configuration().section("run-log-store").type == "buffered"
    other = write(tmp_path, "run-log-store: {type: chunked-fs}")
    assert load_configuration(other).section("run-log-store").type == "chunked-fs"


def test_keys_stand_under_config_or_beside_type(tmp_path):
    file = write(
        tmp_path, "run_log_store: {type: file-system, log_folder: a}\npipeline-executor: {type: local, config: {b: 1}}"
    )
    configuration = load_configuration(file)
    assert configuration.section("run-log-store").config == {"log_folder": "a"}
    assert configuration.section("pipeline-executor").config == {"b": 1}


def test_a_key_in_both_places_is_an_error(tmp_path):
    file = write(tmp_path, "run-log-store: {type: file-system, log_folder: a, config: {log_folder: b}}")
    with pytest.raises(ConfigurationError, match="both beside 'type' and under 'config'"):
        load_configuration(file)


def test_an_empty_config_is_fine(tmp_path):
    assert (
        load_configuration(write(tmp_path, "catalog:\n  type: file-system\n  config:\n")).section("catalog").config
        == {}
    )


def test_variables_are_put_in_and_unknown_ones_stay(tmp_path, monkeypatch):
    monkeypatch.setenv("RUNNABLE_VAR_folder", "somewhere")
    file = write(tmp_path, "run-log-store: {type: file-system, log_folder: '$folder/${other}'}")
    assert load_configuration(file).section("run-log-store").config == {"log_folder": "somewhere/${other}"}


@dataclass(frozen=True)
class Settings:
    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    count: int = 1
    names: list[str] = field(default_factory=list)


def test_a_settings_class_is_filled():
    assert validate(Settings, {"count": 2}, file="f", at="x") == Settings(2, [])


def test_every_mistake_is_reported_with_its_whole_key():
    with pytest.raises(ConfigurationError) as caught:
        validate(Settings, {"cuont": 2, "count": "many", "names": ["a", 1]}, file="f.yaml", at="top.config")
    assert {d.key for d in caught.value.diagnostics} == {"top.config.cuont", "top.config.count", "top.config.names.1"}
    assert "did you mean 'count'?" in str(caught.value)


def test_parameters_come_from_the_file_and_stronger_from_the_environment(tmp_path, monkeypatch):
    file = write(tmp_path, "a: 1\nb: {c: [1.5, null]}\n")
    monkeypatch.setenv("RUNNABLE_PRM_a", "2")
    monkeypatch.setenv("RUNNABLE_PRM_text", "plain words")
    monkeypatch.setenv("RUNNABLE_PRM_Case", '{"x": true}')
    assert load_parameters(file) == {"a": 2, "b": {"c": [1.5, None]}, "text": "plain words", "Case": {"x": True}}


def test_an_empty_parameters_file_has_no_parameters(tmp_path):
    assert load_parameters(write(tmp_path, "# nothing\n")) == {}


def test_all_bad_parameters_are_reported(tmp_path, monkeypatch):
    monkeypatch.setenv("RUNNABLE_PRM_bad.name", "1")
    with pytest.raises(ConfigurationError) as caught:
        load_parameters(write(tmp_path, "day: 2024-01-31\nx y: 1\n"))
    assert [d.code for d in caught.value.diagnostics] == ["RN404", "RN403", "RN403"]


def test_the_executor_for_one_node_is_a_job_with_its_folders(tmp_path):
    (tmp_path / "c.yaml").write_text("job-executor: {type: mini-k8s-job, mini_k8s_catalog_location: /data}\n")
    section = load_configuration(str(tmp_path / "c.yaml")).section("job-executor")
    assert section.type == "k8s-job"
    assert section.config == {"mini_k8s_run_log_location": "/volume/run_logs/", "mini_k8s_catalog_location": "/data"}


def test_a_section_of_former_versions_is_left_out_with_a_warning(tmp_path, capsys):
    (tmp_path / "c.yaml").write_text("experiment_tracker: {type: do-nothing}\n")
    assert not load_configuration(str(tmp_path / "c.yaml")).sections
    assert "warning[RN408]" in capsys.readouterr().err


@pytest.mark.parametrize("key", ["", "a b", "x.y", "é!", "\x1b[2J"])
def test_a_key_that_is_none_is_named_whatever_it_looks_like(key):
    with pytest.raises(ConfigurationError) as raised:
        validate(Settings, {key: 1}, file="config.yaml", at="section")
    (problem,) = raised.value.diagnostics
    assert problem.key == f"section.{key!r}"
    assert "__pydantic_config__" not in problem.known


def test_a_number_of_a_configuration_is_what_kubernetes_reads(tmp_path):
    (tmp_path / "c.yaml").write_text("mode: 0644\nat: 10:30\n")
    assert read_mapping(str(tmp_path / "c.yaml"), "configuration") == {"mode": 0o644, "at": "10:30"}
