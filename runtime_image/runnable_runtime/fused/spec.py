"""What a pod runs that several tasks share: their specs, in which order, and what each is given and may do.

    {"name": "prepare to fit", "keep": ["rows"],
     "fused": [{"spec": {…}, "reads": ["path"]}, {"spec": {…}, "reads": ["rows"], "attempts": 3, "timeout": 60}]}

Where branches of a Parallel run beside each other, `order` says it, by the positions of the tasks: in
``[0, {"beside": [[1, 2], [3]]}, 4]``, 2 runs after 1, 3 beside both, and 4 after all of them.

The pod is started as one with a single task is, with ``--fused`` instead of ``--spec``. Its inputs have what the tasks
take from outside; what one returns is added for those after it. Its outputs are what the tasks return under the names
of `keep`.
"""

from __future__ import annotations

import json

from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json, SpecError, TaskSpec


@dataclass(frozen=True, slots=True)
class Pause:
    """Seconds between two attempts: `seconds`, then `factor` times as much each time.

    No attempt begins later than `most` seconds after the first one; 0 is no limit.
    """

    seconds: float = 0.0
    factor: float = 1.0
    most: float = 0.0

    def before(self, attempt: int) -> float:
        """Seconds before the `attempt`-th further one, from 1."""
        return float(self.seconds * self.factor ** (attempt - 1))


@dataclass(frozen=True, slots=True)
class Member:
    """One of the tasks: `reads` are the names that it is given; it has so many `attempts`, each of `timeout` seconds.

    A `timeout` of 0 is none.
    """

    spec: TaskSpec
    reads: tuple[str, ...] = ()
    attempts: int = 1
    timeout: int = 0
    pause: Pause = Pause()

    def to_json(self) -> dict[str, Json]:
        """As JSON, what has its default left out."""
        document: dict[str, Json] = {"spec": self.spec.to_json()}
        if self.reads:
            document["reads"] = list(self.reads)
        if self.attempts > 1:
            document["attempts"] = self.attempts
        if self.timeout:
            document["timeout"] = self.timeout
        if self.pause != Pause():
            document["pause"] = [self.pause.seconds, self.pause.factor, self.pause.most]
        return document

    @classmethod
    def from_json(cls, document: Json) -> Member:
        """The inverse of `to_json`. Raises SpecError for anything else."""
        known = {"spec", "reads", "attempts", "timeout", "pause"}
        if not isinstance(document, dict) or "spec" not in document or document.keys() - known:
            raise SpecError("one of the tasks that are to share a pod is none")
        return cls(
            TaskSpec.from_json(json.dumps(document["spec"])),
            tuple(document.get("reads", ())),
            document.get("attempts", 1),
            document.get("timeout", 0),
            Pause(*document.get("pause", ())),
        )


@dataclass(frozen=True, slots=True)
class Beside:
    """Rows of tasks that run beside each other, `limit` of them at one time; None for all."""

    branches: tuple[Order, ...]
    limit: int | None = None


Order = tuple[int | Beside, ...]
"""Tasks by their positions, one after another, and in between some beside each other."""


def order_to_json(order: Order) -> Json:
    """As JSON."""
    return [one if isinstance(one, int) else _beside_to_json(one) for one in order]


def _beside_to_json(one: Beside) -> Json:
    found: dict[str, Json] = {"beside": [order_to_json(branch) for branch in one.branches]}
    return found | ({} if one.limit is None else {"limit": one.limit})


def order_from_json(document: Json) -> Order:
    """The inverse of `order_to_json`. Raises SpecError for anything else."""
    if not isinstance(document, list):
        raise SpecError("the order of the tasks that are to share a pod is none")
    return tuple(one if type(one) is int else _beside_from_json(one) for one in document)


def _beside_from_json(document: Json) -> Beside:
    match document:
        case {"beside": list() as branches, "limit": int() as limit}:
            return Beside(tuple(map(order_from_json, branches)), limit)
        case {"beside": list() as branches, **more} if not more:
            return Beside(tuple(map(order_from_json, branches)))
        case _:
            raise SpecError("the order of the tasks that are to share a pod is none")


@dataclass(frozen=True, slots=True)
class FusedSpec:
    """Tasks that share a pod: `name` says which, for messages; `keep` are the names that leave the pod.

    They run one after another, but where `order` says otherwise. `locked`: the pod holds a lock for its tasks, of which
    only one may run at a time.

    With `batch`, they run for each of the items that a line of the inputs has (`fused.batch`). With `reports`, what has
    failed is in the outputs (`values.last_words`): the Map around it keeps what succeeded.
    """

    name: str
    members: tuple[Member, ...]
    keep: tuple[str, ...] = ()
    batch: bool = False
    reports: bool = False
    order: Order = ()
    locked: bool = False

    @property
    def rows(self) -> Order:
        """The order in which the tasks run."""
        return self.order or tuple(range(len(self.members)))

    def before(self) -> dict[int, tuple[int, ...]]:
        """By the position of each task, those that it follows; none for what is first in the pod."""
        found: dict[int, tuple[int, ...]] = {}
        _note_before(self.rows, (), found)
        return found

    def to_json(self) -> dict[str, Json]:
        """As a JSON object."""
        found: dict[str, Json] = {"name": self.name, "fused": [member.to_json() for member in self.members]}
        if self.keep:
            found["keep"] = list(self.keep)
        found |= {"batch": True} if self.batch else {}
        found |= {"order": order_to_json(self.order)} if self.order else {}
        found |= {"locked": True} if self.locked else {}
        return {**found, "reports": True} if self.reports else found

    @classmethod
    def from_json(cls, text: str) -> FusedSpec:
        """The inverse of `to_json`, from its text. Raises SpecError for anything else."""
        try:
            document = json.loads(text)
        except ValueError as error:
            raise SpecError(f"what the tasks of the pod are is not JSON: {error}") from None
        known = {"name", "fused", "keep", "batch", "reports", "order", "locked"}
        if not isinstance(document, dict) or not document.get("fused") or document.keys() - known:
            raise SpecError("what the tasks of the pod are is nothing that this version knows")
        members = tuple(map(Member.from_json, document["fused"]))
        keep, batch = tuple(document.get("keep", ())), document.get("batch", False)
        order = order_from_json(document.get("order", []))
        reports, locked = document.get("reports", False), document.get("locked", False)
        return cls(document.get("name", ""), members, keep, batch, reports, order, locked)


def _note_before(rows: Order, last: tuple[int, ...], found: dict[int, tuple[int, ...]]) -> tuple[int, ...]:
    """Note what the tasks of `rows` follow, which run after `last`; the last ones of them."""
    for one in rows:
        if isinstance(one, int):
            found[one] = last
            last = (one,)
        else:
            last = tuple(end for branch in one.branches for end in _note_before(branch, last, found))
    return last
