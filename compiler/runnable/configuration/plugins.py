"""What other distributions add to this one: targets, executors and stores, found through entry points.

    [project.entry-points."runnable.executors"]
    mine = "my_package.executor:MINE"

A name that this distribution has itself is never looked for. Installed distributions are looked through only for names
that it has not, since that takes tens of milliseconds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

TARGETS = "runnable.targets"
EXECUTORS = "runnable.executors"
RUN_LOG_STORES = "runnable.run_log_stores"
CATALOGS = "runnable.catalogs"
SECRETS = "runnable.secrets"


class PluginError(Exception):
    """An entry point that cannot be loaded; the text says which, of which distribution, and why."""


def load(group: str, name: str, what: str, fits: Callable[[Any], bool]) -> Any | None:
    """The object that the entry point `name` of `group` names; None if there is none.

    Raises PluginError for one that does not load, or does not fit; `what` says what it should be.
    """
    from importlib.metadata import entry_points

    for point in entry_points(group=group, name=name):
        owner = f" of {point.dist.name} {point.dist.version}" if point.dist else ""
        try:
            found = point.load()
        except Exception as error:  # whatever the import of somebody's module raises
            reason = f"{type(error).__name__}: {error}"
            raise PluginError(f"the entry point {point.value!r}{owner} does not load: {reason}") from error
        if not fits(found):
            raise PluginError(f"the entry point {point.value!r}{owner} is not {what}")
        return found
    return None


def names(group: str) -> tuple[str, ...]:
    """The names of all entry points of `group`, sorted."""
    from importlib.metadata import entry_points

    return tuple(sorted(entry_points(group=group).names))
