"""Texts of Kubernetes and Argo, as they were seen on a cluster, and what people are told."""

import pytest

from runnable.cluster.advice import plain, trouble
from runnable.cluster.model import Phase, Step

SEEN = [
    (
        'ImagePullBackOff: Back-off pulling image "registry.invalid/none:1": ErrImagePull: failed to pull and unpack '
        'image "registry.invalid/none:1": failed to resolve reference "registry.invalid/none:1": failed to do request: '
        'Head "https://registry.invalid/v2/none/manifests/1": dial tcp: lookup registry.invalid: no such host',
        "the image registry.invalid/none:1 cannot be pulled: failed to resolve reference",
        "imagePullSecrets",
    ),
    (
        'ErrImageNeverPull: Container image "nope:1" is not present with pull policy of Never',
        "the image nope:1 cannot be pulled",
        "pushed",
    ),
    (
        "Unschedulable: 0/1 nodes are available: 1 node(s) didn't match Pod's node affinity/selector. no new claims to "
        "deallocate, preemption: 0/1 nodes are available: 1 Preemption is not helpful for scheduling.",
        "no node matches its node_selector",
        "node_selector",
    ),
    (
        "Unschedulable: 0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate",
        "no node has enough cpu free",
        "resources",
    ),
    (
        "Unschedulable: 0/3 nodes are available: 1 Insufficient nvidia.com/gpu, 2 node(s) had untolerated taint",
        "no node has enough nvidia.com/gpu free",
        "resources",
    ),
    (
        "Unschedulable: 0/1 nodes are available: 1 node(s) had untolerated taint {gpu: yes}. preemption: none",
        "the nodes that there are take no such pods",
        "tolerations",
    ),
    (
        'pods "x" is forbidden: exceeded quota: q, requested: pods=1, used: pods=7, limited: pods=2',
        "the quota q of the namespace is used up",
        "parallelism",
    ),
    (
        "task 'wf.a' errored: pods \"x\" is forbidden: error looking up service account ns/absent: serviceaccount "
        '"absent" not found',
        "there is no service account 'absent'",
        "chart",
    ),
    (
        'wait: Error (exit code 64): workflowtaskresults.argoproj.io is forbidden: User "system:serviceaccount:ns:no" '
        'cannot create resource "workflowtaskresults" in API group "argoproj.io" in the namespace "ns"',
        "Argo's executor may not report the task's result, as system:serviceaccount:ns:no",
        "chart",
    ),
    (
        'task \'wf.a\' errored: pods "x" is forbidden: violates PodSecurity "restricted:latest": '
        'allowPrivilegeEscalation != false (containers "init", "wait" must set '
        "securityContext.allowPrivilegeEscalation=false)",
        "the namespace admits only restricted pods, and Argo's own containers are not",
        "patchExecutor",
    ),
    (
        'main: OOMKilled (exit code 137): time=2026-11-25T14:31:30.531Z level=INFO msg="waiting for signals" argo=true',
        "it took more memory than its limit",
        "memory",
    ),
    ("Pod was active on the node longer than the specified deadline", "it took longer than it may", "timeout"),
    ("Step exceeded its deadline", "it took longer than it may", "activeDeadlineSeconds"),
    (
        "CreateContainerConfigError: container has runAsNonRoot and image will run as root (pod: x, container: init)",
        "the image runs as root, which the pod forbids",
        "runAsUser",
    ),
    ("main: Error (exit code 143): the task was stopped by SIGTERM", "the task was stopped by SIGTERM", "retry"),
    (
        'main: Error (exit code 137): time=2026-11-25T22:04:19.417Z level=INFO msg="waiting for signals" argo=true\n'
        'time=2026-11-25T22:04:31.443Z level=INFO msg="file signal handler exiting" argo=true',
        "it was killed",
        "its pod was deleted",
    ),
    ("The node was low on resource: memory.", "The node was low on resource: memory.", "retry"),
]


@pytest.mark.parametrize(("message", "reason", "help"), SEEN, ids=lambda text: text[:40])
def test_what_keeps_a_pod_from_running_is_told_with_what_to_do(message, reason, help):
    found = trouble(Step("a.b", "task", Phase.FAILED), message)
    assert found is not None
    assert found.message.startswith(f"a.b: {reason}")
    assert help in found.help


@pytest.mark.parametrize(
    "message",
    [
        "",
        "PodInitializing",
        "main: Error (exit code 1): command exited with 1",
        "main: Error (exit code 1): ValueError: no",
    ],
)
def test_what_a_task_says_itself_is_no_trouble_of_the_cluster(message):
    assert trouble(Step("a", "task", Phase.FAILED), message) is None


def test_a_step_that_went_well_has_no_trouble():
    assert trouble(Step("a", "task", Phase.SUCCEEDED), "Step exceeded its deadline") is None


def test_a_message_is_shown_without_what_argo_puts_before_it():
    assert plain("main: Error (exit code 1): ValueError: no luck") == "ValueError: no luck"
    assert "give the pipeline a store" in plain("Request entity too large: limit is 3145728")
    assert "give the pipeline a store" in plain("workflow is longer than maximum allowed size. compressed size 1340000")
    assert plain("task 'wf.a' errored: pods are forbidden") == "pods are forbidden"
