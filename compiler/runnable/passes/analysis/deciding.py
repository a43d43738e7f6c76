"""The names by whose values it is decided what runs next: these travel, however large, and are in no store.

    Conditional on side           side
    Loop until done               done
    Map over xs as x              nothing: a list in the store says how many items it has
      Conditional on x            xs, whose items decide
    Map over xs, reducer max      xs, if a Map of the same program makes it: to be counted it must be there

By name, in the whole program: a name that decides in one place is kept out of the store in every other.
"""

from __future__ import annotations

from runnable.ir.nodes import FanOut, Graph, Loop, Program, Switch, Task
from runnable.ir.walk import walk
from runnable.passes.analysis.definitions import names_written


def deciding_names(program: Program) -> frozenset[str]:
    """The names of `program` that decide."""
    found: set[str] = set()
    lists: list[tuple[str, str]] = []
    reduced: set[str] = set()
    for _, node in walk(program.graph):
        match node:
            case Switch(parameter=name) | Loop(break_on=name):
                found.add(name)
            case FanOut(iterate_on=iterated, iterate_as=item, reducer=reducer):
                lists.append((iterated, item))
                if reducer not in (None, "list"):
                    reduced |= names_written(node.body).keys()
            case Task() | Graph():
                pass
    items = {item for _, item in lists}
    found |= {iterated for iterated, _ in lists if iterated in reduced or iterated in items}
    while more := {iterated for iterated, item in lists if item in found} - found:
        found |= more
    return frozenset(found)
