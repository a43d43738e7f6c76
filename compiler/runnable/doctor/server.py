"""The API server: whether it answers, whom it takes one for, its version, and its clock."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from runnable.cluster.api import Api
from runnable.diagnostics.codes.cluster import ClusterRefuses
from runnable.diagnostics.errors import ClusterError
from runnable.doctor.finding import Findings, ok, problem, warning
from runnable.doctor.looking import Cluster

_MUCH, _TOO_MUCH = 30, 300
"""Seconds that clocks may differ by: tokens and signatures of requests are refused some minutes apart."""


def reached(cluster: Cluster) -> Findings:
    """Whether the server answers, and its clock. What it refuses is a problem; nothing else can be looked at then."""
    try:
        version, date = cluster.api.answer("version")
    except ClusterError as error:
        (found, *_) = error.diagnostics
        advice = found.help or "`kubectl get --raw /readyz` shows what it says"
        expired = _expired(cluster.api)
        if isinstance(found, ClusterRefuses) and expired:
            yield problem("API server", f"{cluster.api.host}: the token has expired, at {expired}", "log in again")
        else:
            yield problem("API server", found.message, advice)
        return
    yield ok("API server", f"{cluster.api.host}, Kubernetes {version.get('gitVersion', '')}")
    if date:
        yield from _clock(date)


def _clock(date: str) -> Findings:
    apart = (datetime.now(UTC) - parsedate_to_datetime(date)).total_seconds()
    direction = "ahead of" if apart > 0 else "behind"
    text = f"this machine's is {abs(apart):.0f} s {direction} the API server's"
    advice = "set the clock of this machine, or of the cluster, by NTP: tokens and signed requests are refused else"
    if abs(apart) > _TOO_MUCH:
        yield problem("clock", text, advice)
    elif abs(apart) > _MUCH:
        yield warning("clock", text, advice)
    else:
        yield ok("clock", "as the API server's")


def _expired(api: Api) -> str:
    """When the token expired that requests have, if it says when; empty for one that has not, or does not say."""
    try:
        payload = api.token().split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
        until = datetime.fromtimestamp(float(claims["exp"]), UTC)
    except (ValueError, KeyError, IndexError, TypeError):
        return ""
    return until.strftime("%Y-%m-%d %H:%M UTC") if until < datetime.now(UTC) else ""
