"""Whether Argo's agent, which sends the requests of HTTP tasks, has the token and the rights that it needs."""

from __future__ import annotations

from runnable.doctor.accounts import account_of, may
from runnable.doctor.finding import Findings, note, ok, warning
from runnable.doctor.looking import Cluster
from runnable.targets.argo.settings import Settings

_CHECK = "requests"
_SETS = {"group": "argoproj.io", "resource": "workflowtasksets"}
_NEEDED = {
    "list workflowtasksets": {"verb": "list", **_SETS},
    "watch workflowtasksets": {"verb": "watch", **_SETS},
    "patch workflowtasksets/status": {"verb": "patch", "subresource": "status", **_SETS},
}
_TOKEN_NAME = "workflows.argoproj.io/service-account-token.name"  # noqa: S105 - an annotation
_ADVICE = "the chart gives it all of this with `httpTasks.enabled` (docs/helm.md, docs/templates.md)"


def requests(cluster: Cluster, settings: Settings | None) -> Findings:
    """What the agent needs. Where nothing of it is there, nobody means to send requests, and it is only noted."""
    if settings is None:
        return
    name = account_of(settings)
    secret = _token_secret(cluster, name)
    if secret is None:  # which the check of the account reports
        return
    asked = {what: may(cluster, name, attributes) for what, attributes in _NEEDED.items()}
    found = cluster.here("secrets", secret)
    if None in asked.values() or found.hidden:
        yield note(_CHECK, f"you may not ask whether {name!r} can send those of HttpTasks")
        return
    lacking = [f"may not {what}" for what, allowed in asked.items() if not allowed]
    lacking += [] if "token" in ((found.found or {}).get("data") or {}) else [f"has no token in a Secret {secret!r}"]
    if not lacking:
        yield ok(_CHECK, f"{name!r} can send those of HttpTasks")
        yield from _of_secrets(cluster, settings, name)
    elif len(lacking) > len(_NEEDED):
        yield note(_CHECK, f"no HttpTask can send one here: {name!r} {' and '.join(lacking)}", _ADVICE)
    else:
        yield warning(_CHECK, f"every HttpTask waits for ever, or fails: {name!r} {' and '.join(lacking)}", _ADVICE)


def _token_secret(cluster: Cluster, name: str) -> str | None:
    """Where Argo looks for the token of the account; None if that is not there."""
    found = cluster.here("serviceaccounts", name)
    if found.found is None:
        return f"{name}.service-account-token" if found.hidden else None
    listed = [str(one.get("name", "")) for one in found.found.get("secrets") or ()]
    annotations = found.found["metadata"].get("annotations") or {}
    return next(iter(listed), "") or annotations.get(_TOKEN_NAME) or f"{name}.service-account-token"


def _of_secrets(cluster: Cluster, settings: Settings, name: str) -> Findings:
    """The Secrets of the configuration that no header can have: they are for the steps of pods, as far as is known."""
    places = filter(None, map(settings.secret_key, settings.keys.secrets))
    for secret in dict.fromkeys(one.secret for one in places):
        if may(cluster, name, {"verb": "get", "group": "", "resource": "secrets", "name": secret}) is False:
            text = f"headers cannot have what is in {secret!r}: {name!r} may not get that Secret"
            yield note(_CHECK, text, "name it in the chart's `httpTasks.secrets`, if a header needs it")
