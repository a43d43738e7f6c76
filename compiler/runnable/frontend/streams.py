"""What a task that hands on events says of them."""

from __future__ import annotations

from typing import Any

from runnable.frontend.returns import Bad
from runnable.sdk.asynchronous import AsyncPythonTask
from runnable.sdk.describe import shown


def read_stream_end(step: AsyncPythonTask, bad: Bad) -> str:
    """The type of the event that ends the stream of `step`; empty if it is none."""
    end: Any = step.stream_end_type
    if isinstance(end, str) and end:
        return end
    bad(f"step {step.name!r}", "stream_end_type", f"is the type of an event, a text, not {shown(end)}", step)
    return ""
