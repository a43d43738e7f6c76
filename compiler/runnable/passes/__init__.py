"""Passes over the IR. `check_*` only report; `lower_*` return a new program.

`STRUCTURE` must be free of errors before `MEANING` can be looked at: data flow goes by names. `HINTS` are for
`runnable check` only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from runnable.diagnostics.diagnostic import Diagnostic
from runnable.ir.nodes import Program
from runnable.passes.check_dataflow import check_dataflow, hint_dataflow
from runnable.passes.check_names import check_names

Check = Callable[[Program], Iterator[Diagnostic]]

STRUCTURE: tuple[Check, ...] = (check_names,)
MEANING: tuple[Check, ...] = (check_dataflow,)
HINTS: tuple[Check, ...] = (hint_dataflow,)
