"""Which parameters a task takes."""

from __future__ import annotations

from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Argument


@dataclass(frozen=True, slots=True)
class Reads:
    """Which parameters a task takes.

    `required` must be provided, `optional` have a default of their own. With `everything` the task is given all
    parameters that it can see (a shell's environment, `**kwargs`, a notebook that may read anything); `required` and
    `optional` then still name those that are known to be used. What a shell or a notebook returns and cannot have set
    itself is required. `hidden` names what it is not given nevertheless: in a Map, a shell is given the list that the
    Map runs over only if its command has the name, since every item would be given the whole list; and none is given a
    parameter in whose place it has an argument (see `Task`).
    """

    required: tuple[str, ...] = ()
    optional: tuple[str, ...] = ()
    everything: bool = False
    hidden: tuple[str, ...] = ()

    def with_arguments(self, arguments: tuple[Argument, ...]) -> Reads:
        """What is read by a task that takes `arguments`: their parameters, and nothing under their own names."""
        if not arguments:
            return self
        names = {one.name for one in arguments}
        parameters = [one.parameter for one in arguments if one.parameter]
        required = tuple(dict.fromkeys((*(n for n in self.required if n not in names), *parameters)))
        optional = tuple(n for n in self.optional if n not in names and n not in required)
        hidden = (*self.hidden, *(one.name for one in arguments)) if self.everything else self.hidden
        return Reads(required, optional, self.everything, tuple(n for n in hidden if n not in parameters))

    def with_parameters(self, names: tuple[str, ...]) -> Reads:
        """The same, with parameters `names` that the task's options or its image need."""
        if not names:
            return self
        required = tuple(dict.fromkeys((*self.required, *names)))
        optional = tuple(name for name in self.optional if name not in names)
        return Reads(required, optional, self.everything, tuple(n for n in self.hidden if n not in names))
