"""Fragments of Argo's template: each kind of mistake is found with its path, the rest stands in the step's template."""

import json

import pytest

from runnable import ContainerTask, Pipeline, ShellTask
from runnable.diagnostics.errors import ConfigurationError
from runnable.frontend.build import build
from runnable.targets import argo
from runnable.targets.argo.hera_models import models
from runnable.targets.argo.template_fragment import read_template
from runnable.targets.target import CompileRequest
from tests.support.manifests import problems, read

METRIC = {"name": "took", "help": "seconds", "gauge": {"realtime": False, "value": "{{duration}}"}}


@pytest.mark.parametrize(
    ("fragment", "at", "words"),
    [
        ([], "", "is a mapping"),
        ({"metric": {}}, "metric", "did you mean 'metrics'"),
        ({"metrics": {"prometheus": [{**METRIC, "gauges": {}}]}}, "metrics.prometheus[0].gauges", "'gauge'"),
        ({"metrics": {"prometheus": [{"name": "took"}]}}, "metrics.prometheus[0]", "needs the field 'help'"),
        ({"metrics": {"prometheus": METRIC}}, "metrics.prometheus", "valid list"),
        ({"memoize": {"key": "a", "maxAge": "1h", "cache": {"configmap": {}}}}, "memoize.cache.configmap", "configMap"),
        ({"annotations": {"a": 5}}, "annotations.a", "valid string, not 5"),
        ({"name": "x"}, "name", "belongs to the template"),
        ({"inputs": {"parameters": [{"name": "x"}]}}, "inputs", "how data goes from step to step"),
        ({"container": {"image": "x"}}, "container", "what the step runs"),
        ({"retryStrategy": {"limit": 2}}, "retryStrategy", "give `retry`"),
        ({"volumes": []}, "volumes", 'give it there: pod={"volumes": …}'),
        ({"daemon": True}, "daemon", "goes on when its step has ended"),
        ({"dag": {"tasks": []}}, "dag", "a template is of one type"),
    ],
)
def test_a_mistake_is_found_with_its_path_and_what_to_do(fragment, at, words):
    text, mistakes = read_template(fragment)
    assert text == ""
    assert mistakes[0].at == at
    assert words in f"{mistakes[0].reason} {mistakes[0].instead}"


def test_an_object_of_hera_is_what_it_stands_for():
    whole = models.Template(metrics=models.Metrics(prometheus=[models.Prometheus(**METRIC)]))
    assert json.loads(read_template(whole)[0]) == {"metrics": {"prometheus": [METRIC]}}
    assert read_template({"metrics": whole.metrics}) == read_template(whole)


def compiled(*steps):
    unit = build(Pipeline(name="p", steps=list(steps)), __file__)
    assert not unit.diagnostics, [d.message for d in unit.diagnostics]
    (found,) = read(argo.compile(CompileRequest(program=unit.program, image="own:1", name="p"))[0].text)
    assert problems(found) == []
    return {template["name"]: template for template in found["spec"]["templates"]}


def test_it_stands_in_the_template_of_the_step_with_its_tags():
    found = compiled(
        ShellTask(name="a", command="true", template={"metrics": {"prometheus": [METRIC]}}),
        ShellTask(name="b", command="true"),
        ContainerTask(name="c", image="tool:1", command=["tool"], template={"annotations": {"x": "{{pod.name}}"}}),
    )
    assert found["shell"]["metrics"]["prometheus"] == [METRIC]
    assert "metrics" not in found["shell-2"]
    assert found["container"]["annotations"] == {"x": "{{pod.name}}"}
    assert "annotations" not in found["c"]


def test_it_is_read_from_a_file_with_the_file_in_its_mistakes(tmp_path, monkeypatch):
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "t.yaml").write_text("memoise: {}\n")
    step = ShellTask(name="a", command="true", template="t.yaml")
    (problem,) = build(Pipeline(name="p", steps=[step]), str(tmp_path / "p.py")).diagnostics
    assert problem.message == "step 'a': template of t.yaml: memoise is no field there"
    assert problem.help == "did you mean 'memoize'?"


def configured(*steps, configuration):
    program = build(Pipeline(name="p", steps=list(steps)), __file__).program
    request = CompileRequest(program=program, image="own:1", name="p", configuration=configuration)
    (found,) = read(argo.compile(request)[0].text)
    assert problems(found) == []
    return {template["name"]: template for template in found["spec"]["templates"]}


def test_a_steps_fragment_is_over_that_of_its_override_and_that_over_the_defaults():
    defaults = {"annotations": {"of": "defaults", "team": "x"}, "metrics": {"prometheus": [METRIC]}}
    found = configured(
        ShellTask(name="a", command="true", template={"annotations": {"of": "step"}}),
        ShellTask(name="b", command="true", overrides={"argo": "other"}),
        configuration={
            "defaults": {"template": defaults},
            "overrides": {"other": {"template": {"metrics": {"prometheus": [{**METRIC, "name": "other"}]}}}},
        },
    )
    assert found["shell"]["annotations"] == {"of": "step", "team": "x"}
    assert found["shell-2"]["annotations"] == {"of": "defaults", "team": "x"}
    assert [one["name"] for one in found["shell"]["metrics"]["prometheus"]] == ["took"]
    assert [one["name"] for one in found["shell-2"]["metrics"]["prometheus"]] == ["other"]


def test_a_mistake_in_the_configuration_is_found_with_its_key():
    with pytest.raises(ConfigurationError) as raised:
        configured(
            ShellTask(name="a", command="true"),
            configuration={"defaults": {"template": {"metric": {}}}},
        )
    (problem,) = raised.value.diagnostics
    assert "defaults.template" in problem.message
    assert "did you mean 'metrics'" in problem.message
