"""The parameters that each node sees: lexical scopes, as layers over what a graph was given.

A node sees what its graph was given and what the nodes before it wrote. A chain shares one layer, so a step costs what
it writes and no more; where paths part, the layer is copied; where they meet, layers are joined. Every value carries
the position, in its graph, of the node that wrote it: the later position wins, whatever ended first.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from runnable.ir.nodes import Reads
from runnable_runtime.protocol import Json

Layer = dict[str, tuple[int, Json]]
"""By name: the position of the node that wrote the value, and the value."""


class Scope:
    """The parameters that one place sees: a layer of its graph's own, over the scope that the graph was given."""

    __slots__ = ("_given", "_layer")

    def __init__(self, given: Scope | None, layer: Layer) -> None:
        self._given = given
        self._layer = layer

    @classmethod
    def of(cls, parameters: Mapping[str, Json]) -> Scope:
        """The scope that a program starts with."""
        return cls(None, {name: (-1, value) for name, value in parameters.items()})

    def enter(self) -> Scope:
        """The scope of the first node of a graph that is given this scope."""
        return Scope(self, {})

    def copy(self) -> Scope:
        """A scope of its own with the same content, where several nodes follow one."""
        return Scope(self._given, dict(self._layer))

    def join(self, others: Iterable[Scope]) -> Scope:
        """A new scope with what this one and `others`, of the same graph, have."""
        layer = dict(self._layer)
        for other in others:
            merge(layer, other._layer.items())
        return Scope(self._given, layer)

    def write(self, position: int, outputs: Mapping[str, Json]) -> None:
        """Add what the node at `position` wrote."""
        merge(self._layer, ((name, (position, value)) for name, value in outputs.items()))

    def select(self, reads: Reads) -> dict[str, Json]:
        """The values, by name, that a task with these `reads` is given; names that nothing has written are left out."""
        if reads.everything:
            return {name: value for name, value in self.visible().items() if name not in reads.hidden}
        found = ((name, self._find(name)) for name in (*reads.required, *reads.optional))
        return {name: entry[1] for name, entry in found if entry is not None}

    def get(self, name: str) -> tuple[bool, Json]:
        """Whether there is a value of that name, and the value."""
        entry = self._find(name)
        return (False, None) if entry is None else (True, entry[1])

    def visible(self) -> dict[str, Json]:
        """All values by name."""
        values: dict[str, Json] = {}
        for layer in reversed(list(self._layers())):
            values.update((name, value) for name, (_, value) in layer.items())
        return values

    def _find(self, name: str) -> tuple[int, Json] | None:
        return next((layer[name] for layer in self._layers() if name in layer), None)

    def _layers(self) -> Iterator[Layer]:
        scope: Scope | None = self
        while scope is not None:
            yield scope._layer
            scope = scope._given


def merge(layer: Layer, entries: Iterable[tuple[str, tuple[int, Json]]]) -> None:
    """Put `entries` into `layer`, those of a later position over those of an earlier one."""
    for name, entry in entries:
        if name not in layer or layer[name][0] <= entry[0]:
            layer[name] = entry
