"""What the checks read: a program, its data flow, and the values in it.

Needs: a verified program (`ir.verify`) with its functions. Leaves: `Analyzed`, which all checks read.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from runnable.ir.nodes import Program
from runnable.passes.analysis.dataflow import Flow, analyze
from runnable.passes.analysis.skipping import is_handled, may_be_skipped
from runnable.passes.analysis.values.origins import Functions, Origin, Origins
from runnable_runtime.deferred import dataclass

NO_TYPES: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Analyzed:
    """A program, its data flow, the functions of this process that it calls (by ``module:name``), and its values.

    Its parameters are `fixed` if it is checked for a run; a compiled program can be submitted with others.
    """

    program: Program
    flow: Flow
    functions: Functions
    origins: Origins
    fixed: bool

    @classmethod
    def of(
        cls, program: Program, functions: Functions, types: Mapping[str, object] = NO_TYPES, *, fixed: bool = True
    ) -> Analyzed:
        """`program`, analyzed; `types` are those of declared parameters."""
        flow = analyze(program)
        return cls(program, flow, functions, Origins(program, flow, functions, types), fixed)

    def is_fatal(self, origin: Origin, path: str) -> bool:
        """Whether the run is certain to fail if `origin` does not fit what the node at `path` does with it.

        An annotation is wrong in every run; a parameter's value only if it is certain to reach the node in this one.
        """
        if not origin.parameter:
            return True
        certain = self.fixed and origin.certain
        return certain and not may_be_skipped(self.program, path) and not is_handled(self.program, path)
