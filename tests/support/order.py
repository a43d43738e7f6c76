"""The order of tests that run side by side: those that take longest begin first, each in a worker of its own.

`@pytest.mark.takes(seconds)` says of a test how long that is, about, beside the others of its tier.
"""

import os
from collections.abc import Callable, Sequence
from typing import TypeVar

import pytest

Item = TypeVar("Item")


class Order:
    """The pytest plugin: in each of its workers, pytest-xdist wants the same order."""

    @pytest.hookimpl(wrapper=True)
    def pytest_collection_modifyitems(self, items):
        result = yield  # tests are chosen first
        items[:] = dealt(items, _seconds, int(os.environ.get("PYTEST_XDIST_WORKER_COUNT", "1")))
        return result


def dealt(items: Sequence[Item], seconds: Callable[[Item], float], workers: int) -> list[Item]:
    """The items in an order in which the longest begin first; those of which nothing is known stay in theirs.

    `--dist worksteal` cuts the list into a piece for each worker, and who has come to the end of its own takes from the
    ends of others: so the longest are the first of each piece, and what nobody has begun at the end is short.
    """
    pieces: list[range] = []
    for left in range(workers, 0, -1):
        begin = pieces[-1].stop if pieces else 0
        pieces.append(range(begin, begin + (len(items) - begin) // left))
    rows = max(map(len, pieces))
    # to and fro, so that whoever has the longest has the shortest of the next ones
    places = [piece[row] for row in range(rows) for piece in (pieces, pieces[::-1])[row % 2] if row < len(piece)]
    longest = sorted(filter(seconds, items), key=seconds, reverse=True)
    placed = dict(zip(places, longest, strict=False))
    others = iter([item for item in items if not seconds(item)])
    return [placed[place] if place in placed else next(others) for place in range(len(items))]


def _seconds(item):
    mark = item.get_closest_marker("takes")
    return mark.args[0] if mark else 0
