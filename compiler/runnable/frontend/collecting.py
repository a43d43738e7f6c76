"""Whether a Map keeps what succeeded, as the IR has it: `on_error`, `min_success` and `failures`."""

from __future__ import annotations

from typing import Any

from runnable.frontend.returns import Bad, is_name, titled
from runnable.ir.nodes import Graph
from runnable.passes.analysis.definitions import names_written
from runnable.sdk.composites import Map
from runnable.sdk.describe import shown

FAILURES = "failures"
"""What the list of failures is called where the user gives it no name."""


def read_collecting(step: Map, body: Graph, bad: Bad) -> tuple[str | None, float]:
    """The name of the list of failures, None for a Map that fails with an item; and the share that has to succeed."""
    owner = titled(step)
    on_error: Any = step.on_error
    share: Any = step.min_success
    if on_error not in (None, "fail", "collect"):
        bad(owner, "on_error", f'is "fail" or "collect", not {shown(on_error)}', step)
        return None, 0.0
    if share is not None and (isinstance(share, bool) or not isinstance(share, int | float) or not 0 <= share <= 1):
        bad(owner, "min_success", f"is a share of the items, a number from 0 to 1, not {shown(share)}", step)
        share = None
    if on_error == "fail" and share is not None:
        bad(owner, "min_success", 'contradicts on_error="fail", with which no item may fail', step)
        return None, 0.0
    if on_error != "collect" and step.min_success is None:
        if step.failures is not None:
            bad(owner, "failures", 'is for a Map that collects: it needs on_error="collect" or min_success', step)
        return None, 0.0
    if step.fail_fast:
        bad(owner, "fail_fast", "contradicts on_error and min_success, which need all items to run", step)
    name: Any = FAILURES if step.failures is None else step.failures
    if not is_name(name):
        bad(owner, "failures", f"is the name of a parameter, letters, digits and _, not {shown(name)}", step)
        return FAILURES, 0.0
    if name in names_written(body):
        reason = f"is {name!r}, which the branch returns too: give the list of failures another name"
        bad(owner, "failures", reason, step)
    return name, float(share or 0)
