"""Every option that is declared has the effect that its scope promises: in each target, and in containers."""

from dataclasses import replace

import pytest

from runnable.diagnostics.errors import DefinitionError
from runnable.executors.container.settings import ContainerSettings
from runnable.executors.container.shape import shape_of
from runnable.ir.nodes import Graph, Program, ShellCommand, Task
from runnable.ir.options import DECLARATIONS, NO_OPTIONS, Scope
from runnable.targets import TARGETS
from runnable.targets.target import CompileRequest
from tests.support.step_options import NAMES, example

CONFIGURATION = {"image": "common:1", "secret_from_k8s": "all", "overrides": {"large": {"env": {"SIZE": "large"}}}}


def options_for(name, target):
    options = example(name)
    if DECLARATIONS[name].scope is Scope.CONFIGURATION:
        return replace(options, **{name: tuple((target, key) for _, key in getattr(options, name))})
    return options


def compiled(target, options):
    warnings = []
    program = Program("p", Graph("", (Task("a", ShellCommand("true"), options=options),)))
    request = CompileRequest(program=program, configuration=CONFIGURATION, report=warnings.append)
    (document,) = TARGETS[target].load().compile(request)
    return document.text, warnings


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("target", ["argo", "k8s-job"])
def test_a_target_of_pods_has_every_option_or_warns_of_it(target, name):
    if target == "k8s-job" and DECLARATIONS[name].scope is Scope.RUNS:
        with pytest.raises(DefinitionError, match=f"{name} cannot be had in a Job"):
            compiled(target, options_for(name, target))
        return
    text, warnings = compiled(target, options_for(name, target))
    scope = DECLARATIONS[name].scope
    ignored = scope is Scope.THIS_MACHINE or (target == "k8s-job" and scope is Scope.ARGO)
    assert (text == compiled(target, NO_OPTIONS)[0]) == ignored
    assert [f"{name}=" in warning.message for warning in warnings] == [True] * ignored


@pytest.mark.parametrize("name", NAMES)
def test_a_container_has_what_is_said_of_containers_and_nothing_of_pods(name):
    settings = ContainerSettings(docker_image="common:1")
    changed = shape_of(replace(example(name), overrides=()), settings, 4) != shape_of(NO_OPTIONS, settings, 4)
    match DECLARATIONS[name].scope:
        case Scope.CONTAINERS:
            assert changed
        case Scope.PODS | Scope.ARGO | Scope.THIS_MACHINE:
            assert not changed
        case Scope.EVERYWHERE | Scope.RUNS | Scope.CONFIGURATION:
            pass  # the scheduler has these, or the container's session; the overrides of containers have tests
