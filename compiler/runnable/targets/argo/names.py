"""From the names that users choose to names that Argo and Kubernetes take: legal, unique and stable.

A name is the user's own in lower case with hyphens. A hash is added only where a name must be cut.
"""

from __future__ import annotations

from collections.abc import Iterable

from runnable.targets.kubernetes.names import slug

KEPT = "kept"
"""The last task of an item of a fan-out that collects, which makes it succeed."""
GO_ON, RECORDED = "go-on", "recorded"
"""Tasks of what stands in the place of a step that has finished, see `resumed`: the step itself where it has not, and
what is recorded of it."""


ANSWERED = "answered"
"""The task after the node of an approval, which fails if nobody has approved."""


TEXTS = "texts"
"""The task, in the DAG of a step that others do, that makes the texts of its arguments."""


class Names:
    """The names in use in one scope: a DAG's tasks, an object's templates."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)
        self._last: dict[str, int] = {}

    def new(self, text: str) -> str:
        """A name made of `text`, with ``-2``, ``-3`` … after it where it is in use already."""
        base = slug(text)
        name, number = base, self._last.get(base, 1)
        while name in self._taken:
            number += 1
            name = f"{base}-{number}"
        self._last[base] = number
        self._taken.add(name)
        return name


def is_part(name: str) -> bool:
    """Whether a node is a part of a large graph (``P/part 1``, see `passes.lower_chunks`), and has its path."""
    return "/" in name


def named_in(path: str, name: str) -> str:
    """What the template of a node is named by, which is in the graph at `path`: a part of a body says whose."""
    return f"{path}/{name.rpartition('/')[2]}" if is_part(name) else name


def within(name: str, graph: str) -> str:
    """The part of a node's path that is not its graph's: ``branch1.hello`` for ``P.branch1.hello`` in ``P``."""
    return name.removeprefix(graph).lstrip("./") if graph else name.lstrip("/")
