"""Passes over the IR. `check_*` only report; `lower_*` return a new program.

`STRUCTURE` must be free of errors before `MEANING` can be looked at: data flow goes by names. `HINTS` are for
`runnable check` only.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from runnable.diagnostics.diagnostic import Diagnostic
from runnable.ir.nodes import Program
from runnable.passes.analyzed import Analyzed
from runnable.passes.check_choices import check_choices
from runnable.passes.check_dataflow import check_dataflow, hint_dataflow
from runnable.passes.check_names import check_names
from runnable.passes.check_storage import check_storage
from runnable.passes.check_types import check_types

STRUCTURE: tuple[Callable[[Program], Iterator[Diagnostic]], ...] = (check_names,)
MEANING: tuple[Callable[[Analyzed], Iterator[Diagnostic]], ...] = (
    check_dataflow,
    check_types,
    check_choices,
    check_storage,
)
HINTS: tuple[Callable[[Analyzed], Iterator[Diagnostic]], ...] = (hint_dataflow,)
