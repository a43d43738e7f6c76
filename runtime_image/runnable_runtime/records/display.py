"""How a `RunRecord` shows itself at a prompt, and in a notebook. The module of that one uses this one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from runnable_runtime.protocol import Json
from runnable_runtime.records.times import seconds_between
from runnable_runtime.values.reference import Reference

_SHOWN = 60
"""Steps in a notebook; of more, those that did not succeed come first."""
_LONGEST_VALUE = 80
_COLOURS = {"succeeded": "#2e7d32", "failed": "#c62828", "interrupted": "#e65100", "running": "#1565c0"}


class Displayed:
    """What a `RunRecord` has for people who look at one."""

    __slots__ = ()

    def __repr__(self: Any) -> str:
        tasks = [step for step in self.steps.values() if step.attempts]
        took = f" in {self.seconds:.2f} s" if self.ended else ""
        returned = f", returned {', '.join(self.outputs)}" if self.outputs else ""
        ran = f"{len(tasks)} task{'' if len(tasks) == 1 else 's'} ran"
        return f"<run {self.run_id} of {self.pipeline!r}: {self.status}{took}, {ran}{returned}>"

    def _repr_html_(self: Any) -> str:
        took = f", {self.seconds:.2f} s" if self.ended else ""
        head = f"<p>run <b>{escape(self.run_id)}</b> of {escape(self.pipeline)}: {_status(str(self.status))}{took}"
        message = f"<br>{escape(self.message)}" if self.message else ""
        titles = "".join(f'<th style="text-align: left">{one}</th>' for one in ("step", "status", "time", "returned"))
        return (
            f"{head}{message}</p><table><thead><tr>{titles}</tr></thead><tbody>{''.join(_rows(self))}</tbody></table>"
        )


def _rows(record: Any) -> Iterator[str]:
    steps = list(record.steps.values())
    left = len(steps) - _SHOWN
    if left > 0:
        unusual = [step for step in steps if step.status not in ("succeeded", "skipped")][:_SHOWN]
        others = [step for step in steps if step not in unusual][: _SHOWN - len(unusual)]
        shown = {step.path for step in (*unusual, *others)}
        steps = [step for step in steps if step.path in shown]
    for step in steps:
        yield f"<tr>{''.join(f'<td style={_LEFT}>{cell}</td>' for cell in _cells(step))}</tr>"
    if left > 0:
        yield f'<tr><td colspan="4">and {left:,} more</td></tr>'


def escape(text: str) -> str:
    """`text` as HTML shows it."""
    from html import escape as escaped  # which no pod needs

    return escaped(text)


_LEFT = '"text-align: left"'


def _cells(step: Any) -> tuple[str, ...]:
    above, _, name = step.path.rpartition(".")
    margin = "&emsp;" * (step.path.count(".") if above else 0)
    last = step.attempts[-1] if step.attempts else None
    status = "cached" if last and last.reused else str(step.status)
    seconds = sum(seconds_between(one.started, one.ended) for one in step.attempts)
    took = f"{seconds:.2f} s" if last and not last.reused else ""
    values = [f"{escape(key)} = {escape(_short(value))}" for key, value in step.outputs.items()]
    return margin + escape(name), _status(status), took, escape(step.message) or ", ".join(values)


def _status(status: str) -> str:
    return f'<span style="color: {_COLOURS.get(status, "#616161")}">{escape(status)}</span>'


def _short(value: Json) -> str:
    text = repr(value) if isinstance(value, Reference) else json.dumps(value, ensure_ascii=False, default=repr)
    return text if len(text) <= _LONGEST_VALUE else f"{text[: _LONGEST_VALUE - 3]}..."
