"""What a namespace refuses that enforces the restricted standard, found before anything is applied."""

import json

import pytest

from runnable.diagnostics.errors import ConfigurationError, DefinitionError
from runnable.ir.nodes import Graph, Program, ShellCommand, Task
from runnable.ir.options import Options
from runnable.targets import TARGETS
from runnable.targets.kubernetes.restricted import refused
from runnable.targets.target import CompileRequest
from tests.conformance.test_examples import EXAMPLES
from tests.golden.test_compiled_examples import compile_example


def main(**fields):
    return {"containers": [{"name": "main", **fields}]}


def side(**fields):
    return {"initContainers": [{"name": "side", **fields}]}


GOOD = {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}}


OWN = "containers[0].securityContext"
MSGMAX = {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}


@pytest.mark.parametrize(
    ("fragment", "at"),
    [
        ({"hostNetwork": True}, "hostNetwork"),
        ({"volumes": [{"name": "a", "hostPath": {"path": "/"}}]}, "volumes[0].hostPath"),
        ({"volumes": [{"name": "a", "nfs": {"server": "s", "path": "/"}}]}, "volumes[0].nfs"),
        ({"securityContext": {"runAsNonRoot": False}}, "securityContext.runAsNonRoot"),
        ({"securityContext": {"runAsUser": 0}}, "securityContext.runAsUser"),
        ({"securityContext": {"seccompProfile": {"type": "Unconfined"}}}, "securityContext.seccompProfile.type"),
        (
            {"securityContext": {"sysctls": [{"name": "kernel.msgmax", "value": "1"}]}},
            "securityContext.sysctls[0].name",
        ),
        ({"securityContext": {"seLinuxOptions": {"user": "root"}}}, "securityContext.seLinuxOptions"),
        (main(securityContext={"privileged": True}), f"{OWN}.privileged"),
        (
            main(securityContext={"allowPrivilegeEscalation": True}),
            f"{OWN}.allowPrivilegeEscalation",
        ),
        (
            main(securityContext={"capabilities": {"drop": ["NET_RAW"]}}),
            f"{OWN}.capabilities.drop",
        ),
        (
            main(securityContext={"capabilities": {"add": ["SYS_ADMIN"]}}),
            f"{OWN}.capabilities.add",
        ),
        (main(ports=[{"containerPort": 80, "hostPort": 80}]), "containers[0].ports[0].hostPort"),
        (side(securityContext={"runAsUser": 5}), "initContainers[0].securityContext.allowPrivilegeEscalation"),
        (side(securityContext={**GOOD, "procMount": "Unmasked"}), "initContainers[0].securityContext.procMount"),
    ],
)
def test_what_is_refused_is_found_with_its_path(fragment, at):
    assert at in [mistake.at for mistake in refused(fragment)]


@pytest.mark.parametrize(
    "fragment",
    [
        {},
        {"volumes": [{"name": "a", "persistentVolumeClaim": {"claimName": "c"}}, {"name": "b", "configMap": {}}]},
        main(securityContext={"readOnlyRootFilesystem": False}),
        side(),
        side(securityContext=GOOD),
        {"securityContext": {"fsGroup": 5, "sysctls": [{"name": "net.ipv4.tcp_syncookies", "value": "1"}]}},
    ],
)
def test_what_is_admitted_is_not(fragment):
    assert list(refused(fragment)) == []


def compiled(target, fragment, **configuration):
    warnings = []
    task = Task("a", ShellCommand("true"), options=Options(image="i:1", pod=json.dumps(fragment)))
    request = CompileRequest(
        program=Program("p", Graph("", (task,))), configuration=configuration, report=warnings.append
    )
    return TARGETS[target].load().compile(request)[0].text, warnings


@pytest.mark.parametrize("target", ["argo", "k8s-job"])
def test_it_is_an_error_where_the_configuration_says_so(target):
    with pytest.raises(DefinitionError) as found:
        compiled(target, {"hostPID": True}, podSecurity="restricted")
    (problem,) = found.value.diagnostics
    assert (problem.code, problem.step, problem.at) == ("RN523", "a", "hostPID")
    compiled(target, {"hostPID": True})


def test_the_configuration_has_one_word_for_it():
    with pytest.raises(ConfigurationError):
        compiled("argo", {}, podSecurity="baseline")


@pytest.mark.parametrize("target", ["argo", "k8s-job"])
def test_an_image_in_a_fragment_is_seen_as_others_are(target):
    _, warnings = compiled(target, side(image="proxy"))
    assert [(warning.code, warning.image) for warning in warnings] == [("RN505", "proxy")]
    assert compiled(target, side(image="proxy:1"))[1] == []


def test_the_example_of_pods_is_admitted(monkeypatch, tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text("pipeline-executor: {type: argo, config: {image: 'own:1', podSecurity: restricted}}\n")
    examples = [one for one in EXAMPLES if "15-pods" in one or "17-containers" in one]
    assert len(examples) == 2
    for one in examples:
        compile_example(one, monkeypatch, str(file))
