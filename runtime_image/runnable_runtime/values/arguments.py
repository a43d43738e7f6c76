"""The arguments of a step: constants, and parameters that it takes under other names than theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from runnable_runtime.protocol import Argument, Json


def with_arguments(arguments: Sequence[Argument], parameters: Mapping[str, Json]) -> dict[str, Json]:
    """`parameters` as a task with these `arguments` takes them: nothing is looked up under an argument's own name.

    All are taken from `parameters` as they are, so that two can change places. An argument whose parameter has no value
    is left out; the task says so, if it needs it.
    """
    names = {one.name for one in arguments}
    taken = {name: value for name, value in parameters.items() if name not in names}
    for one in arguments:
        if not one.parameter:
            taken[one.name] = one.value
        elif one.parameter in parameters:
            taken[one.name] = parameters[one.parameter]
    return taken
