"""What Kubernetes and Argo say of a pod that does not run, in words that say what to do.

Each text was seen on a cluster; `tests/integration/cluster/test_cluster_trouble.py` provokes them.
"""

from __future__ import annotations

import re

from runnable.cluster.model import Phase, Step
from runnable.diagnostics.codes.cluster import PodTrouble
from runnable_runtime.deferred import dataclass, pattern

STARTING = ("", "PodInitializing", "ContainerCreating")
"""What is said of a pod that is about to start, or that something keeps from it which is not said."""

_PREFIX = pattern(r"(?:main|child '\S+' failed): Error \(exit code \d+\): |task '[^']*' errored: ")
OF_ARGO = pattern(r"time=\S+ level=\w+ msg=.* argo=true\b")
"""What Argo's executor, which starts the task, prints beside it; of a task that was killed it stands in the message."""
_KILLED = "Error (exit code 137)"
_IMAGE = pattern(r'image "([^"]+)"', re.I)
_CAUSE = pattern(r".*?((?:failed to resolve reference|failed to do request|unexpected status|not found)\b.*)", re.S)


@dataclass(frozen=True, slots=True)
class _Known:
    """A text that is known, what is said instead (empty: the text itself), and what to do."""

    pattern: re.Pattern[str]
    reason: str
    help: str


def _known(pattern: str, reason: str, help: str) -> _Known:
    return _Known(re.compile(pattern, re.S), reason, help)


_ALL = (
    _known(
        r"ErrImageNeverPull|(?:ErrImagePull|ImagePullBackOff|InvalidImageName)",
        "the image {image} cannot be pulled",
        "see that name and tag are right and the image is pushed; nodes without a registry need it loaded (`kind load "
        "docker-image`), and a private registry needs imagePullSecrets",
    ),
    _known(
        r"Insufficient (?P<what>\S+?)[.,](?:\s|$)",
        "no node has enough {what} free",
        "it starts as soon as a node has; else lower the step's `resources`, or add nodes",
    ),
    _known(
        r"didn't match Pod's node affinity/selector",
        "no node matches its node_selector",
        "see `kubectl get nodes --show-labels`, and correct the step's node_selector or that of the defaults",
    ),
    _known(
        r"untolerated taint",
        "the nodes that there are take no such pods",
        "give the step `tolerations` for their taints (`kubectl describe nodes`)",
    ),
    _known(r"Unschedulable", "", "see `kubectl describe nodes`"),
    _known(
        r"failed quota: \S+ must specify",
        "",
        "give every container requests and limits: leave defaultResources and executorResources as they are",
    ),
    _known(
        r"exceeded quota: (?P<what>[^,]+)",
        "the quota {what} of the namespace is used up",
        "it starts when other pods have ended; else set `parallelism`, lower `resources`, or ask for a larger quota",
    ),
    _known(
        r'serviceaccount "(?P<what>[^"]+)" not found',
        "there is no service account {what!r}",
        "install the chart (docs/helm.md), or name another as `serviceAccount` in the configuration",
    ),
    _known(
        r"workflowtaskresults\S* is forbidden: User \"(?P<what>[^\"]+)\"",
        "Argo's executor may not report the task's result, as {what}",
        "install the chart (docs/helm.md): it gives the account the right to create and patch workflowtaskresults",
    ),
    _known(
        r'violates PodSecurity .*containers? "(?:init|wait)"',
        "the namespace admits only restricted pods, and Argo's own containers are not",
        "leave `patchExecutor` as it is (true), or set executor.securityContext in the controller's configuration",
    ),
    _known(r"violates PodSecurity", "", "see docs/configuration-argo.md: what the pods are allowed to do"),
    _known(
        r"runAsNonRoot and image will run as root|runAsNonRoot and image has non-numeric user",
        "the image runs as root, which the pod forbids",
        "leave `runAsUser` as it is (1000), or build the image with a numeric USER",
    ),
    _known(
        r"OOMKilled",
        "it took more memory than its limit",
        "give the step more: resources={'memory': …}, or `resources` in the configuration",
    ),
    _known(
        r"Pod was active on the node longer|exceeded its deadline",
        "it took longer than it may",
        "give the step a longer `timeout`, or the workflow a longer activeDeadlineSeconds",
    ),
    _known(
        r'"python": executable file not found|No module named .?runnable_runtime',
        "the image has no runnable in it",
        "build it FROM the runtime image (docs/image.md)",
    ),
    _known(r"exec format error", "the image is for another kind of processor", "build it for that of the nodes"),
    _known(
        r"low on resource|Evicted|node shutdown|NodeLost|pod deleted|DisruptionTarget|Preempt|"
        r"the task was stopped by SIGTERM",
        "",
        "nothing is wrong with the step: give it `retry`",
    ),
    _known(
        re.escape(_KILLED),
        "",
        "its pod was deleted, its node is gone, or it took too much memory: give it `retry`, or more memory",
    ),
    _known(r"CreateContainerConfigError|FailedMount|FailedCreatePodSandBox", "", "see `kubectl describe pod`"),
)

_TOO_LARGE = pattern(r"request entity too large|longer than maximum allowed size|request is too large", re.I)
"""What the API server, the controller and etcd say when a workflow no longer fits into its object."""


def is_too_large(message: str) -> bool:
    """Whether a workflow has ended since it no longer fits into the object that it is kept in."""
    return _TOO_LARGE.search(message) is not None


def plain(message: str) -> str:
    """The message without what Argo puts before the words of the task."""
    text = _PREFIX.sub("", message.strip())
    if is_too_large(message):
        return (
            "what its steps were given and returned is more than the object of a workflow keeps (1 MiB): give the "
            "pipeline a store (`catalog`), or return less (docs/configuration-argo.md)"
        )
    if "OOMKilled" in text:
        return "it took more memory than its limit"
    said = "\n".join(line for line in text.splitlines() if not OF_ARGO.match(line))
    return "it was killed" if _KILLED in message and not said else said


def trouble(step: Step, message: str) -> PodTrouble | None:
    """What keeps a step's pod from running, or has ended it; None for what the task itself says."""
    if step.phase not in (Phase.PENDING, Phase.RUNNING, Phase.FAILED) or message in STARTING:
        return None
    if re.match(r"main: Error \(exit code [1-4]\)", message) and "command exited" in message:
        return None
    for known in _ALL:
        if found := known.pattern.search(message):
            return PodTrouble(step=step.path, reason=_reason(known, found, message), advice=known.help)
    return None


def _reason(known: _Known, found: re.Match[str], message: str) -> str:
    text = plain(message)
    if not known.reason:
        return " ".join(text.split())[:300]
    image = _IMAGE.search(message)
    what = found.groupdict().get("what")
    reason = known.reason.format(image=image[1] if image else "", what=what)
    if "{image}" in known.reason and (cause := _CAUSE.fullmatch(message)):
        reason += f": {' '.join(cause[1].split())[-200:]}"
    return reason
