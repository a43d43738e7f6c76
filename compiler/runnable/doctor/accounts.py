"""Service accounts of pods, what they may do, and what one may do oneself."""

from __future__ import annotations

from collections.abc import Mapping

from runnable.doctor.finding import Findings, note, ok, problem, warning
from runnable.doctor.looking import Cluster
from runnable.targets.argo.settings import Settings

_RESULTS = {"group": "argoproj.io", "resource": "workflowtaskresults"}
_MINE = {
    ("create", "argoproj.io", "workflows", ""): "submit workflows",
    ("get", "argoproj.io", "workflows", ""): "see workflows",
    ("patch", "argoproj.io", "workflows", ""): "stop workflows",
    ("patch", "argoproj.io", "workflowtemplates", ""): "apply templates",
    ("list", "", "pods", ""): "see why pods wait",
    ("get", "", "pods", "log"): "read what pods print",
}
_NEEDED = ("submit workflows", "see workflows")


def account_of(settings: Settings | None) -> str:
    """The account that pods run as."""
    return (settings.service_account if settings else None) or "default"


def account(cluster: Cluster, settings: Settings | None) -> Findings:
    """Whether the account of the pods is there."""
    name = account_of(settings)
    found = cluster.here("serviceaccounts", name)
    if found.hidden:
        yield note("service account", f"you may not see {name!r}")
    elif found.found is None:
        advice = f"kubectl -n {cluster.namespace} create serviceaccount {name}, or the chart (docs/helm.md)"
        yield problem("service account", f"there is no {name!r} in {cluster.namespace!r}: no pod can start", advice)
    else:
        yield ok("service account", name)


def results(cluster: Cluster, settings: Settings | None) -> Findings:
    """Whether Argo's executor may report results, as the account of the pods."""
    name = (settings.keys.executor_service_account if settings else None) or account_of(settings)
    lacking = []
    for verb in ("create", "patch"):
        allowed = may(cluster, name, {"verb": verb, **_RESULTS})
        if allowed is None:
            user = _user(cluster.namespace, name)
            asked = f"kubectl auth can-i create workflowtaskresults.argoproj.io -n {cluster.namespace} --as {user}"
            yield note("task results", f"you may not ask what {name!r} may do", asked)
            return
        lacking += [] if allowed else [verb]
    if lacking:
        text = f"the service account {name!r} may not {' and '.join(lacking)} workflowtaskresults: every step fails"
        advice = "give it a Role with the verbs create and patch on workflowtaskresults.argoproj.io; the chart has one"
        if settings is None:  # pipelines of this project do not run here, as far as is known
            yield warning("task results", text, f"{advice}, and name its account with `serviceAccount`")
        else:
            yield problem("task results", text, advice)
    else:
        yield ok("task results", f"{name!r} may report them")


def may(cluster: Cluster, name: str, attributes: Mapping[str, str], namespace: str = "") -> bool | None:
    """Whether a service account may do in the namespace what `attributes` say; None if one may not ask.

    `namespace`: that of the account, if it is another.
    """
    own = namespace or cluster.namespace
    groups = ["system:serviceaccounts", f"system:serviceaccounts:{own}", "system:authenticated"]
    asked = {"namespace": cluster.namespace, **attributes}
    spec = {"user": _user(own, name), "groups": groups, "resourceAttributes": asked}
    return cluster.review("SubjectAccessReview", spec)


def _user(namespace: str, name: str) -> str:
    return f"system:serviceaccount:{namespace}:{name}"


def mine(cluster: Cluster) -> Findings:
    """What one may do oneself."""
    lacking = []
    for (verb, group, resource, part), what in _MINE.items():
        attributes = {"namespace": cluster.namespace, "verb": verb, "group": group, "resource": resource}
        if part:
            attributes["subresource"] = part
        if cluster.review("SelfSubjectAccessReview", {"resourceAttributes": attributes}) is False:
            lacking.append(what)
    if not lacking:
        yield ok("your rights", f"all that these commands need in {cluster.namespace!r}")
        return
    text = f"you may not {', '.join(lacking)} in {cluster.namespace!r}"
    advice = "ask for them: the chart gives them to those in its value rbac.submitters"
    yield problem("your rights", text, advice) if set(lacking) & set(_NEEDED) else warning("your rights", text, advice)
