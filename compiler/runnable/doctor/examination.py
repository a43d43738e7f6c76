"""All checks, side by side: each has a thread of its own, and what has not answered in time is reported."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from runnable.cluster.api import Api, ClusterAway
from runnable.configuration import Configuration
from runnable.diagnostics.errors import RunnableError
from runnable.doctor import laptop, project
from runnable.doctor.finding import Finding, Findings, Level, note, problem
from runnable_runtime.deferred import dataclass

SECONDS = 4.0
"""For all checks of one place; starting Python and the command take up to a second more."""
_FIRST = "API server"
"""Without it there is nothing else of a cluster to look at."""
Check = Callable[[], Findings]


@dataclass(frozen=True, slots=True)
class Examined:
    """What was found in one place: `laptop`, `project` or `cluster`."""

    place: str
    findings: tuple[Finding, ...]

    @property
    def problems(self) -> tuple[Finding, ...]:
        """What makes runs fail."""
        return tuple(one for one in self.findings if one.level is Level.PROBLEM)


def examined(place: str, checks: Sequence[tuple[str, Check]], seconds: float) -> Examined:
    """What `checks`, with the names that they are reported by, find within `seconds`, in their order."""
    found: dict[int, list[Finding]] = {}
    threads = [
        threading.Thread(target=_look, args=(found, number, name, check), daemon=True)
        for number, (name, check) in enumerate(checks)
    ]
    ended = time.monotonic() + seconds
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, ended - time.monotonic()))
    findings = [one for number, (name, _) in enumerate(checks) for one in found.get(number, [_late(name)])]
    return Examined(place, tuple(findings))


def _late(name: str) -> Finding:
    level = Level.PROBLEM if name == _FIRST else Level.WARNING
    return Finding(name, level, "there was no answer in time", "try again; it is slow, or does not answer at all")


def _look(found: dict[int, list[Finding]], number: int, name: str, check: Check) -> None:
    try:
        found[number] = list(check())
    except ClusterAway:
        found[number] = [_late(name)]
    except RunnableError as error:
        text, _, _ = str(error).partition("\n")
        found[number] = [problem(name, text.partition(": ")[2] or text, "see what it says without `runnable`")]
    except Exception as error:  # what a server or an engine of another kind answers
        text = f"it cannot be looked at: {type(error).__name__}: {' '.join(str(error).split())[:200]}"
        found[number] = [problem(name, text, "please report this, with the version of what answered")]


def of_laptop(configuration: Configuration, seconds: float = SECONDS) -> Examined:
    """This machine."""
    checks: list[tuple[str, Check]] = [
        ("python", laptop.python),
        ("extras", partial(laptop.extras, configuration)),
        ("container engine", partial(laptop.engine, configuration)),
    ]
    return examined("laptop", checks, seconds)


def of_project(configuration: Configuration, seconds: float = SECONDS) -> Examined:
    """The project of the configuration."""
    settings = project.argo_settings(configuration)
    checks: list[tuple[str, Check]] = [
        ("project", partial(project.root, configuration)),
        ("configuration", partial(project.configured, configuration)),
        ("image", partial(project.image, settings)),
        ("stores", partial(project.stores, configuration)),
    ]
    return examined("project", checks, seconds)


def of_cluster(
    configuration: Configuration,
    api: Api,
    namespace: str,
    *,
    needed: bool,
    probe: bool = False,
    seconds: float = SECONDS,
) -> Examined:
    """A namespace of a cluster; where nothing is to run there (`needed`), that it does not answer is no problem.

    With `probe`, a pod is made there, which takes longer.
    """
    from runnable.doctor import accounts, argo, caching, objects, server
    from runnable.doctor import namespace as spaces
    from runnable.doctor.looking import Cluster

    settings = project.argo_settings(configuration)
    cluster = Cluster.of(api, namespace)
    ended = time.monotonic() + seconds
    first = examined("cluster", [(_FIRST, partial(server.reached, cluster))], seconds)
    if any(one.check == _FIRST and one.level is Level.PROBLEM for one in first.findings):
        return first if needed else _told(first)
    checks: list[tuple[str, Check]] = [
        ("Argo's CRDs", partial(argo.definitions, cluster)),
        ("controller", partial(argo.controller, cluster)),
        ("namespace", partial(spaces.there, cluster)),
        ("quota", partial(spaces.quota, cluster)),
        ("limit range", partial(spaces.limit_ranges, cluster, settings)),
        ("nodes", partial(spaces.nodes, cluster)),
        ("service account", partial(accounts.account, cluster, settings)),
        ("task results", partial(accounts.results, cluster, settings)),
        ("your rights", partial(accounts.mine, cluster)),
        ("secrets", partial(objects.secrets, cluster, settings)),
        ("volume", partial(objects.volume, cluster, settings)),
        ("artifact repository", partial(objects.repository, cluster, settings)),
        ("step cache", partial(caching.step_cache, cluster, settings)),
    ]
    rest = examined("cluster", checks, ended - time.monotonic())
    tried: tuple[Finding, ...] = ()
    if probe:
        from runnable.doctor.probe import probed

        tried = tuple(probed(cluster, configuration, settings))
    return Examined("cluster", (*first.findings, *rest.findings, *tried))


def _told(found: Examined) -> Examined:
    advice = "no cluster is needed here; to look at one, name its namespace with -n"
    return replace(found, findings=tuple(note(one.check, one.text, advice) for one in found.findings))
