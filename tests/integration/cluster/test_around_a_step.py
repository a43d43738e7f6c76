"""What surrounds a step, on a real controller: locks, limits, edges, memory by attempt, shared volumes, sidecars."""

import uuid

import pytest

from runnable import Map, Parallel, Pipeline, ShellTask, param
from runnable.frontend.build import build
from runnable_runtime.values.parameters import decode_lines
from tests.support import api, clusters

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(900),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
]
FILL = "python -c \"x = 'a' * (150 * 2**20)\""


def shell(name, command, **options):
    return ShellTask(name=name, command=command, **options)


def started(*steps, parameters=None, **options):
    unit = build(Pipeline(name="p", steps=list(steps), **options), __file__)
    assert not unit.diagnostics, [d.message for d in unit.diagnostics]
    unit.program.parameters.update(parameters or {})
    return clusters.start(clusters.compiled(unit))


def finished(*steps, **options):
    return clusters.wait(started(*steps, **options))


NAP = "begun=$(date +%s.%N); sleep 4; export span=[$begun,$(date +%s.%N)]"
"""A command that returns when it ran: the times of its node begin when it waits for a lock."""


def nap(name, **options):
    return shell(name, NAP, returns=["span"], **options)


def spans(*ended):
    return [decode_lines(pod["outputs"]["parameters"][0]["value"])["span"] for one in ended for pod in one.pods]


def most_at_once(spans):
    return max(sum(begin <= moment < end for begin, end in spans) for moment, _ in spans)


def test_a_mutex_keeps_two_workflows_from_one_step_at_a_time():
    both = [started(nap("load", mutex="warehouse")) for _ in range(2)]
    first, second = (clusters.wait(name) for name in both)
    assert (first.phase, second.phase) == ("Succeeded", "Succeeded")
    assert most_at_once(spans(first, second)) == 1


def test_a_mutex_of_a_pipeline_keeps_the_second_workflow_waiting():
    both = [started(nap("load"), mutex="nightly") for _ in range(2)]
    first, second = (clusters.wait(name) for name in both)
    assert most_at_once(spans(first, second)) == 1


def test_a_semaphore_lets_as_many_as_its_limit_run():
    limits = {"kind": "ConfigMap", "apiVersion": "v1", "metadata": {"name": "runnable-semaphores"}}
    api.create({**limits, "data": {"licences": "2"}}, clusters.NAMESPACE)
    try:
        each = nap("use", semaphore={"licences": 2}).as_pipeline()
        body = Map(name="map", branch=each, iterate_on="xs", iterate_as="x")
        ended = finished(body, parameters={"xs": [1, 2, 3, 4]})
    finally:
        api.request("DELETE", f"api/v1/namespaces/{clusters.NAMESPACE}/configmaps/runnable-semaphores")
    assert ended.phase == "Succeeded"
    assert len(spans(ended)) == 4
    assert most_at_once(spans(ended)) == 2


def test_a_parallel_begins_no_more_branches_than_its_limit():
    branches = {name: nap("nap").as_pipeline() for name in "abcd"}
    ended = finished(Parallel(name="p", branches=branches, max_parallel=2))
    assert ended.phase == "Succeeded"
    assert len(spans(ended)) == 4
    assert most_at_once(spans(ended)) == 2


def test_a_pod_that_was_killed_for_want_of_memory_gets_more():
    ended = finished(
        shell(
            "grow",
            f"{FILL} || exit; export x=$RUNNABLE_STEP_ATTEMPT",
            returns=["x"],
            retry=2,
            resources={"memory": "96Mi * attempt"},
        )
    )
    assert ended.phase == "Succeeded"
    phases = [pod["phase"] for pod in sorted(ended.pods, key=lambda pod: pod["startedAt"])]
    assert phases[0] == "Failed"
    assert phases[-1] == "Succeeded"
    assert any("OOMKilled" in pod.get("message", "") for pod in ended.pods)
    assert ended.outputs() == {"grow": {"x": len(phases)}}


def test_an_item_says_how_much_memory_it_needs():
    limit = "$(cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null | head -1)"
    each = shell("look", f"export x={limit}", returns=["x"], resources={"memory": param("size")})
    ended = finished(
        Map(name="map", branch=each.as_pipeline(), iterate_on="sizes", iterate_as="size"),
        shell("read", "export seen=$x", returns=["seen"]),
        parameters={"sizes": ["128Mi", "192Mi"]},
    )
    assert ended.outputs()["read"] == {"seen": [128 * 2**20, 192 * 2**20]}


def test_two_steps_share_a_volume():
    claim = {
        "apiVersion": "v1",
        "kind": "PersistentVolumeClaim",
        "metadata": {"name": "shared-by-steps"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "",
            "volumeName": "shared-by-steps",
            "resources": {"requests": {"storage": "1Mi"}},
        },
    }
    volume = {
        "apiVersion": "v1",
        "kind": "PersistentVolume",
        "metadata": {"name": "shared-by-steps"},
        "spec": {
            "accessModes": ["ReadWriteOnce"],
            "storageClassName": "",
            "capacity": {"storage": "1Mi"},
            "hostPath": {"path": "/tmp/shared-by-steps", "type": "DirectoryOrCreate"},
        },
    }
    pod = {
        "volumes": [{"name": "shared", "persistentVolumeClaim": {"claimName": "shared-by-steps"}}],
        "containers": [{"name": "main", "volumeMounts": [{"name": "shared", "mountPath": "/shared"}]}],
        "initContainers": [
            {
                "name": "open",
                "image": clusters.IMAGE,
                "command": ["chmod", "777", "/shared"],
                "securityContext": {"runAsUser": 0, "runAsNonRoot": False},
                "volumeMounts": [{"name": "shared", "mountPath": "/shared"}],
            }
        ],
    }
    api.request("POST", "api/v1/persistentvolumes", volume)
    api.create(claim, clusters.NAMESPACE)
    try:
        ended = finished(
            shell("write", "echo 42 > /shared/answer", pod=pod),
            shell("read", "export x=$(cat /shared/answer)", returns=["x"], pod=pod),
        )
        assert ended.phase == "Succeeded"
        assert ended.outputs()["read"] == {"x": 42}
    finally:
        api.request("DELETE", f"api/v1/namespaces/{clusters.NAMESPACE}/persistentvolumeclaims/shared-by-steps")
        api.request("DELETE", "api/v1/persistentvolumes/shared-by-steps")


def test_with_fail_fast_all_items_run_and_the_workflow_ends():
    each = shell("fails", "exit 1").as_pipeline()
    body = Map(name="map", branch=each, iterate_on="xs", iterate_as="x", max_parallel=1, fail_fast=True)
    ended = finished(body, parameters={"xs": [1, 2, 3]})
    assert ended.phase == "Failed"
    assert len(ended.pods) == 3


def test_a_pipeline_out_of_time_ends():
    ended = finished(shell("nap", "sleep 300"), shell("after", "true"), timeout=15)
    assert ended.phase == "Failed"
    assert not [pod for pod in ended.pods if pod["displayName"] == "after"]


def test_a_step_runs_as_its_own_account():
    account = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": "model-reader"}}
    right = {"apiGroups": ["argoproj.io"], "resources": ["workflowtaskresults"], "verbs": ["create", "patch"]}
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "reports"}}
    binding = {
        "apiVersion": "rbac.authorization.k8s.io/v1",
        "kind": "RoleBinding",
        "metadata": {"name": "model-reader-reports"},
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": "reports"},
        "subjects": [{"kind": "ServiceAccount", "name": "model-reader"}],
    }
    core = f"api/v1/namespaces/{clusters.NAMESPACE}"
    rbac = f"apis/rbac.authorization.k8s.io/v1/namespaces/{clusters.NAMESPACE}"
    for one in (account, {**role, "rules": [right]}, binding):
        api.create(one, clusters.NAMESPACE)
    own = {"name": "ACCOUNT", "valueFrom": {"fieldRef": {"fieldPath": "spec.serviceAccountName"}}}
    pod = {"containers": [{"name": "main", "env": [own]}]}
    try:
        ended = finished(
            shell("own", "export a=$ACCOUNT", returns=["a"], service_account="model-reader", pod=pod),
            shell("usual", "export b=$ACCOUNT", returns=["b"], pod=pod),
        )
    finally:
        for place in (f"{rbac}/rolebindings/model-reader-reports", f"{rbac}/roles/reports"):
            api.request("DELETE", place)
        api.request("DELETE", f"{core}/serviceaccounts/model-reader")
    assert ended.phase == "Succeeded"
    assert ended.outputs()["own"] == {"a": "model-reader"}
    assert ended.outputs()["usual"]["b"] != "model-reader"


def test_the_image_of_a_step_is_that_of_a_parameter():
    look = shell("look", "export x=1", returns=["x"], image=param("tool"))
    ended = finished(look, parameters={"tool": clusters.IMAGE})
    assert ended.phase == "Succeeded"
    assert ended.outputs() == {"look": {"x": 1}}


def test_what_argo_memoizes_starts_no_pod_again():
    key = f"of-this-test-{uuid.uuid4().hex}"
    memoize = {"key": key, "maxAge": "10m", "cache": {"configMap": {"name": "memoized-steps"}}}
    first, second = (
        finished(
            shell("once", "export x=$(date +%s.%N)", returns=["x"], template={"memoize": memoize}),
            shell("read", "export seen=$x", returns=["seen"]),
        )
        for _ in range(2)
    )
    assert second.node("once")["memoizationStatus"]["hit"]  # a node of a pod, without one
    assert second.outputs()["read"]["seen"] == first.outputs()["read"]["seen"]
