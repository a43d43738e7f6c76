"""The limits of a composite: how many run at the same time, what a failure stops."""

from __future__ import annotations

from typing import Any

from runnable.frontend.returns import Bad, titled
from runnable.sdk.describe import shown
from runnable.sdk.pipeline import Step


def read_count(step: Step, option: str, bad: Bad) -> int | None:
    """A whole number above 0, or None."""
    value: Any = getattr(step, option)
    if value is None:
        return None
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        bad(titled(step), option, f"is a whole number above 0, not {shown(value)}", step)
        return None
    return value


def read_flag(step: Step, option: str, bad: Bad) -> bool:
    """True or False."""
    value: Any = getattr(step, option)
    if not isinstance(value, bool):
        bad(titled(step), option, f"is True or False, not {shown(value)}", step)
    return value is True
