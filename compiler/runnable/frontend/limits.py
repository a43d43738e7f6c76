"""The limits of composites: how many members run at the same time, what a failure stops, how long they may take."""

from __future__ import annotations

from typing import Any, Literal

from runnable.diagnostics.diagnostic import Diagnostic
from runnable.frontend.options import OptionReader
from runnable.frontend.returns import Bad, titled
from runnable.ir.nodes import AUTO
from runnable.ir.options import LONGEST_TIMEOUT
from runnable.sdk.composites import Map
from runnable.sdk.describe import shown
from runnable.sdk.pipeline import Pipeline, Step


def read_count(step: Step, option: str, bad: Bad) -> int | None:
    """A whole number above 0, or None."""
    value: Any = getattr(step, option)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        bad(titled(step), option, f"is a whole number above 0, not {shown(value)}", step)
        return None
    return value


def read_batch(step: Map, bad: Bad) -> int | Literal["auto"] | None:
    """A whole number above 0, or "auto", or None."""
    value: Any = step.batch
    if value == AUTO:
        return AUTO
    if isinstance(value, str):
        bad(titled(step), "batch", f'is a whole number above 0, or "auto", not {shown(value)}', step)
        return None
    return read_count(step, "batch", bad)


def read_flag(step: Step, option: str, bad: Bad) -> bool:
    """True or False."""
    value: Any = getattr(step, option)
    if not isinstance(value, bool):
        bad(titled(step), option, f"is True or False, not {shown(value)}", step)
    return value is True


def read_timeout(holder: Step | Pipeline, owner: str, problems: list[Diagnostic]) -> int | None:
    """Seconds, or None: the `timeout` of a composite or a pipeline."""
    value: Any = getattr(holder, "timeout", None)
    return OptionReader(owner, holder.span, problems).seconds("timeout", value, LONGEST_TIMEOUT)
