"""The edges of a recorded run's graphs: which step ran after which.

A record has them by the path of the graph, "" being the whole pipeline, with `*` for the number of an item or an
iteration: ``{"": "line", "m.*": [["a", "b"], ["a", "c", "failure"]]}``. `LINE`: one step after another, in the order of
their places. A graph that is not there has no edges.
"""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise

from runnable_runtime.protocol import Json
from runnable_runtime.records.records import Kind, RunRecord

LINE = "line"
FAILURE = "failure"

Edge = tuple[str, str, bool]
"""The paths of two steps, the second of which ran after the first had succeeded; or had failed, if it is True."""


def edges_of(record: RunRecord) -> dict[str, tuple[Edge, ...]] | None:
    """The edges of each graph of the run that has some, by its path; None if the record has not got them.

    Of a graph that changed before its run was resumed, only the edges between steps that are there.
    """
    if not record.edges:
        return None
    members = _members(record)
    found = {path: tuple(_edges(path, record.edges.get(general), inside)) for path, general, inside in members}
    return {path: edges for path, edges in found.items() if edges}


def general_paths(record: RunRecord) -> dict[str, str]:
    """By the path of each step, that path with `*` for the numbers of items and iterations."""
    found = {"": ""}
    for path in record.steps:
        above, _, name = path.rpartition(".")
        around = record.steps.get(above)
        is_numbered = above and (around is None or around.kind in (Kind.MAP, Kind.LOOP))  # pods record tasks alone
        name = "*" if is_numbered and name.isdecimal() else name
        if above not in found:
            found[above] = ".".join("*" if part.isdecimal() else part for part in above.split("."))
        found[path] = f"{found[above]}.{name}" if above else name
    return found


def _members(record: RunRecord) -> list[tuple[str, str, list[str]]]:
    """Each graph's path, that path with `*` for numbers, and the paths of its members in their order."""
    inside: dict[str, list[str]] = {"": []}
    general = general_paths(record)
    for path in record.steps:
        inside.setdefault(path.rpartition(".")[0], []).append(path)
    return [(path, general[path], members) for path, members in inside.items()]


def _edges(path: str, recorded: Json, members: list[str]) -> Iterable[Edge]:
    if recorded == LINE:
        yield from ((one, other, False) for one, other in pairwise(members))
    elif recorded:
        prefix, known = f"{path}." if path else "", set(members)
        for source, target, *on in recorded:
            one, other = f"{prefix}{source}", f"{prefix}{target}"
            if one in known and other in known:
                yield one, other, on == [FAILURE]
