"""Where tasks run: how many at one time, how long they take to start, and which nodes and quota they have to fit in."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import field, replace

from runnable.configuration.quantities import is_quantity, quantity
from runnable.ir.nodes import Task
from runnable.simulation.sharing import NO_SHARING, Sharing
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json

Asked = tuple[float, float, float]
"""What a pod asks for: cores, bytes, devices."""
NAMES = ("cpu", "memory", "gpu")
NOTHING: Asked = (0.0, 0.0, 0.0)


@dataclass(frozen=True, slots=True)
class Node:
    """So many equal nodes, each with so much room."""

    room: Asked
    count: int = 1


@dataclass(frozen=True, slots=True)
class Place:
    """Where tasks run. `at_once` of them at most; None for no limit.

    Each start takes `dispatch` seconds of the one scheduler, one after another, and `start` seconds of its own, as a
    pod's; `starts` has those that are known, by the path of the step and the attempt. Beside its tasks a run takes
    `around` seconds. With `nodes` and `quota` what a task asks for has to fit. Of tasks that share a pod, by `sharing`,
    each takes `inside` seconds more, for its process.
    `asked` says what that is, and `counted` what is paid for.
    """

    name: str
    at_once: int | None = 1
    dispatch: float = 0.0
    start: float = 0.0
    around: float = 0.0
    starts: Mapping[tuple[str, int], float] = field(default_factory=dict)
    nodes: tuple[Node, ...] = ()
    quota: Asked | None = None
    inside: float = 0.0
    sharing: Sharing = NO_SHARING
    asked: Callable[[Task], Asked] = field(default=lambda task: NOTHING, compare=False)
    counted: Callable[[Task], Asked] = field(default=lambda task: NOTHING, compare=False)

    @property
    def is_cluster(self) -> bool:
        """Whether tasks are pods."""
        return self.name == "argo"

    @property
    def is_limited(self) -> bool:
        """Whether tasks have to fit somewhere."""
        return bool(self.nodes) or self.quota is not None

    def larger(self) -> Place:
        """The same with nodes of twice the size."""
        doubled = tuple(replace(one, room=_scaled(one.room, 2)) for one in self.nodes)
        return replace(self, nodes=doubled)

    def to_json(self) -> dict[str, Json]:
        """As JSON."""
        return {
            "name": self.name,
            "at_once": self.at_once,
            "dispatch": round(self.dispatch, 6),
            "start": round(self.start, 3),
            "around": round(self.around, 3),
            "inside": round(self.inside, 3),
            "nodes": [{**_named(one.room), "count": one.count} for one in self.nodes],
            "quota": None if self.quota is None else _named(self.quota),
        }


def _scaled(room: Asked, by: float) -> Asked:
    return room[0] * by, room[1] * by, room[2] * by


def _named(room: Asked) -> dict[str, Json]:
    return {name: value for name, value in zip(NAMES, room, strict=True) if value != float("inf")}


_FORM = "is written as cpu=4,memory=16Gi,gpu=1"


def read_node(text: str) -> Node:
    """The nodes of ``cpu=4,memory=16Gi,gpu=1,count=3``; there are no devices where `gpu` is not named.

    Raises ValueError for another text.
    """
    found = _quantities(text, f"{_FORM},count=3")
    count = found.pop("count", 1.0)
    if count < 1 or count != int(count) or not found:
        raise ValueError(f"{_FORM},count=3")
    return Node(_room({"gpu": 0.0, **found}), int(count))


def read_quota(text: str) -> Asked:
    """What ``cpu=4,memory=16Gi,gpu=1`` lets all pods ask for; what is not named has no limit. Raises ValueError."""
    found = _quantities(text, _FORM)
    if "count" in found:
        raise ValueError(_FORM)
    return _room(found)


def _quantities(text: str, form: str) -> dict[str, float]:
    found = {}
    for part in text.split(","):
        name, equals, value = part.strip().partition("=")
        if not equals or name not in (*NAMES, "count") or not is_quantity(value):
            raise ValueError(form)
        found[name] = float(quantity(value))
    return found


def _room(found: Mapping[str, float]) -> Asked:
    sizes = [found.get(name, float("inf")) for name in NAMES]
    return sizes[0], sizes[1], sizes[2]


class Room:
    """What of the nodes and the quota is free now, and who waits for some: by what they ask for, in their order."""

    def __init__(self, place: Place) -> None:
        self._free = [list(one.room) for one in place.nodes for _ in range(one.count)]
        self._quota = list(place.quota) if place.quota is not None else None
        self._waiting: dict[Asked, deque[int]] = {}
        self._taken: dict[int, tuple[Asked, int]] = {}

    def wait(self, number: int, asked: Asked) -> None:
        """Somebody waits."""
        self._waiting.setdefault(asked, deque()).append(number)

    def placed(self) -> list[int]:
        """Those who have room now, and take it; the longest waiting first."""
        found = []
        for asked, queue in sorted(self._waiting.items(), key=lambda entry: entry[1][0]):
            while queue and (node := self._fits(asked)) is not None:
                number = queue.popleft()
                self._change(asked, node, -1)
                self._taken[number] = (asked, node)
                found.append(number)
        self._waiting = {asked: queue for asked, queue in self._waiting.items() if queue}
        return found

    def leave(self, number: int) -> None:
        """Give back what somebody has."""
        asked, node = self._taken.pop(number)
        self._change(asked, node, 1)

    def _fits(self, asked: Asked) -> int | None:
        """The node with most cores free that has room; -1 where there are no nodes."""
        if self._quota is not None and not _within(asked, self._quota):
            return None
        if not self._free:
            return -1
        fitting = [number for number, free in enumerate(self._free) if _within(asked, free)]
        return max(fitting, key=lambda number: (self._free[number][0], -number), default=None)

    def _change(self, asked: Asked, node: int, sign: int) -> None:
        for amounts in ([self._quota] if self._quota is not None else []) + ([self._free[node]] if node >= 0 else []):
            for position, amount in enumerate(asked):
                amounts[position] += sign * amount


def _within(asked: Asked, free: list[float]) -> bool:
    return all(one <= have + 1e-9 for one, have in zip(asked, free, strict=True))


def fits_nowhere(asked: Asked, place: Place) -> bool:
    """Whether a task could not run even if nothing else did."""
    if place.quota is not None and not _within(asked, list(place.quota)):
        return True
    return bool(place.nodes) and not any(_within(asked, list(one.room)) for one in place.nodes)


def asked_of(requests: Mapping[str, str]) -> Asked:
    """What texts by the names of resources ask for; any name that ends with `gpu` is a device."""
    sizes = {name: float(quantity(text)) for name, text in requests.items() if is_quantity(text)}
    gpu = sum(value for name, value in sizes.items() if name.endswith("gpu"))
    return sizes.get("cpu", 0.0), sizes.get("memory", 0.0), gpu
