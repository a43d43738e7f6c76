"""What is around a task: what it gets for that, and only for that."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Inside:
    """The fan-outs and loops around a node.

    `indices` has the names of the iteration numbers of all loops: every task gets them. `numbered` says that every task
    gets the input of what is around it, to know the numbers of its items and iterations: its step's own part of the
    store is called by them.
    """

    indices: tuple[str, ...] = ()
    numbered: bool = False

    @property
    def given(self) -> bool:
        """Whether every task gets the input of the DAG that it is in."""
        return bool(self.indices) or self.numbered

    def loop(self, index: str) -> Inside:
        """Inside of a loop, too."""
        return replace(self, indices=(*self.indices, index))

    def items(self, *, numbered: bool) -> Inside:
        """Inside of a fan-out, too."""
        return replace(self, numbered=self.numbered or numbered)
