"""The names by whose values it is decided what runs next: these travel, however large, and are in no store.

    Conditional on side           side
    Loop until done               done
    Map over xs as x              nothing: a list in the store says how many items it has
      Conditional on x            xs, whose items decide
    Map over xs, reducer max      xs, if a Map of the same program makes it: to be counted it must be there

By name, in the whole program: a name that decides in one place is kept out of the store in every other.
"""

from __future__ import annotations

from runnable.ir.nodes import FanOut, Loop, Program, Switch
from runnable.ir.walk import walk
from runnable.passes.analysis.definitions import names_written


def deciding_names(program: Program) -> frozenset[str]:
    """The names of `program` that decide."""
    found: set[str] = set()
    lists: list[tuple[str, str]] = []
    reduced: set[str] = set()
    for _, node in walk(program.graph):
        match node:
            case Switch(on=name) | Loop(until=name):
                found.add(name)
            case FanOut(over=over, item=item, reducer=reducer):
                lists.append((over, item))
                if reducer not in (None, "list"):
                    reduced |= names_written(node.body).keys()
            case _:
                pass
    items = {item for _, item in lists}
    found |= {over for over, _ in lists if over in reduced or over in items}
    while more := {over for over, item in lists if item in found} - found:
        found |= more
    return frozenset(found)
