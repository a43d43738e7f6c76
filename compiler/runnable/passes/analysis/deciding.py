"""The names whose values decide what runs next: they are passed on as they are, however large, and never stored.

Needs: a verified program. Leaves: the set of these names.

    Conditional on side           side
    Loop until done               done
    Map over xs as x              none: a list in the store says how many items it has
      Conditional on x            xs, whose items decide
    Map over xs, reducer max      xs, if a Map of the same program makes it: to be counted it must be there
    ContainerTask with param(lr)  lr: what puts it into the arguments has no store either
    image=param(image)            image: so has what chooses it

This goes by name in the whole program: a name that decides in one place is kept out of the store everywhere.
"""

from __future__ import annotations

from runnable.ir.nodes import ContainerRun, FanOut, Graph, Loop, Program, Switch, Task
from runnable.ir.walk import walk
from runnable.passes.analysis.definitions import names_written


def deciding_names(program: Program) -> frozenset[str]:
    """The names of `program` whose values decide what runs next."""
    found: set[str] = set()
    lists: list[tuple[str, str]] = []
    reduced: set[str] = set()
    for _, node in walk(program.graph):
        if isinstance(node, Task) and node.image_from:
            found.add(node.image_from)
        match node:
            case Switch(parameter=name) | Loop(break_on=name):
                found.add(name)
            case FanOut(iterate_on=iterated, iterate_as=item, reducer=reducer):
                lists.append((iterated, item))
                if reducer not in (None, "list"):
                    reduced |= names_written(node.body).keys()
            case Task(action=ContainerRun() as run):
                found.update(run.parameters)
            case Task() | Graph():
                pass
    items = {item for _, item in lists}
    found |= {iterated for iterated, _ in lists if iterated in reduced or iterated in items}
    while more := {iterated for iterated, item in lists if item in found} - found:
        found |= more
    return frozenset(found)
