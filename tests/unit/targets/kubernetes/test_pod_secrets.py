"""Secrets on Argo: references to Kubernetes Secrets in the pods that name them, and values nowhere."""

import json

import pytest

from runnable.diagnostics.errors import ConfigurationError
from tests.support.argo_programs import arguments, compile_one, compile_text, program, python, shell, tasks, templates
from tests.support.manifests import problems

PROGRAM = program(python("a", secrets=("TOKEN", "KEY")), shell("b", secrets=("KEY",)), python("c"))


def configured(**configuration):
    document = compile_one(PROGRAM, configuration=configuration, configuration_file="argo.yaml")
    assert problems(document) == []
    return document


def environment(template):
    return {e["name"]: e for e in template["container"].get("env", [])}


def test_a_pod_refers_to_the_secrets_that_its_step_names_and_to_no_other():
    found = templates(configured(secrets={"TOKEN": "login/token"}, secret_from_k8s="project"))
    token = {"name": "TOKEN", "valueFrom": {"secretKeyRef": {"name": "login", "key": "token"}}}
    key = {"name": "KEY", "valueFrom": {"secretKeyRef": {"name": "project", "key": "KEY"}}}
    assert environment(found["python"]) == {"TOKEN": token, "KEY": key}
    assert environment(found["shell"]) == {"KEY": key}
    assert environment(found["python-2"]) == {}


def test_a_secret_without_a_key_is_under_its_own_name():
    found = templates(configured(secrets={"TOKEN": "login", "KEY": "login"}))
    assert environment(found["python"])["TOKEN"]["valueFrom"]["secretKeyRef"] == {"name": "login", "key": "TOKEN"}


def test_the_task_is_told_which_variables_it_must_not_show():
    main = templates(configured(secret_from_k8s="project"))["main"]
    assert json.loads(arguments(tasks(main)["a"])["spec"])["secrets"] == ["TOKEN", "KEY"]
    assert "secrets" not in json.loads(arguments(tasks(main)["c"])["spec"])


def test_no_value_is_in_the_manifest(monkeypatch):
    monkeypatch.setenv("TOKEN", "s3cr3t")
    assert "s3cr3t" not in compile_text(PROGRAM, configuration={"secret_from_k8s": "project"})


def test_every_secret_without_a_place_is_told():
    with pytest.raises(ConfigurationError) as caught:
        compile_text(PROGRAM, configuration={"secrets": {"TOKEN": "login"}}, configuration_file="argo.yaml")
    assert len(caught.value.diagnostics) == 2
    assert "secrets.KEY: step 'a' names this secret" in str(caught.value)


def test_a_variable_and_a_secret_of_one_name_are_refused():
    with pytest.raises(ConfigurationError, match="`env` gives a variable of that name"):
        compile_text(PROGRAM, configuration={"secret_from_k8s": "project", "env": {"KEY": "x"}})
