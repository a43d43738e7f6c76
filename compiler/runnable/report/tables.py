"""Parameters, metrics, files and the longest tasks of a run, as tables."""

from __future__ import annotations

from collections.abc import Iterator

from runnable.report.html import NOTHING, Html, join, table, tag
from runnable.report.model import Model, Step
from runnable.report.wording import counted, duration, size, value_text
from runnable_runtime.protocol import Json

_MOST_ROWS = 60
_LONGEST = 8
_GATHERED_ABOVE = 4
"""Values of one metric, of as many items, that are listed one by one."""


def tables(model: Model, *, values: bool) -> Html:
    """All of them, each only if there is something in it."""
    parts = [*_valued(model)] if values else []
    found = [one for one in (*parts, _files(model), _longest(model)) if one]
    return tag("div", *found, class_="tables") if found else NOTHING


def metrics(model: Model) -> Iterator[tuple[Step, str, Json]]:
    """The metrics of the last attempts, in the order of the pipeline."""
    for step in model.tasks:
        outputs = step.record.outputs if step.record else {}
        names = step.record.attempts[-1].metrics if step.record and step.record.attempts else ()
        for name in names:
            if name in outputs:
                yield step, name, outputs[name]


def gathered(model: Model) -> list[tuple[Step, str, str, int]]:
    """The metrics as text, those of many items or iterations as one: the first step, the name, the text, how many.

    Of numbers it is the least, the mean and the largest one.
    """
    found: dict[tuple[str, str], list[tuple[Step, Json]]] = {}
    for step, name, value in metrics(model):
        found.setdefault((step.general, name), []).append((step, value))
    rows = []
    for (_, name), several in found.items():
        numbers = [value for _, value in several if type(value) in (int, float)]
        if len(several) > _GATHERED_ABOVE and len(numbers) == len(several):
            mean = sum(numbers) / len(numbers)
            told = f"{min(numbers):.4g} to {max(numbers):.4g}, mean {mean:.4g}, of {len(numbers):,}"
            rows.append((several[0][0], name, told, len(numbers)))
        else:
            rows += [(step, name, value_text(value, 100), 1) for step, value in several]
    return rows


def link(step: Step) -> Html:
    """A link to the row, or panel, of a step."""
    return tag("a", step.path, href=f"#s{step.index}")


def titled(what: str, number: int) -> str:
    """A title that says how many rows of many are shown."""
    return what if number <= _MOST_ROWS else f"{what}: the first {_MOST_ROWS} of {number:,}"


def _valued(model: Model) -> Iterator[Html]:
    given = ((name, tag("code", value_text(value))) for name, value in model.record.parameters.items())
    yield table("Parameters", ("name", "value"), given)
    found = gathered(model)
    rows = (
        (link(step) if count == 1 else step.general, name, tag("code", shown))
        for step, name, shown, count in found[:_MOST_ROWS]
    )
    yield table(titled("Metrics", len(found)), ("step", "metric", "value"), rows, numeric=(2,))


def _files(model: Model) -> Html:
    found = [(step, file) for step in model.tasks if step.record for one in step.record.attempts for file in one.files]
    stages = {"put": "put into the catalog", "get": "taken from it"}
    rows = (
        (link(step), file["path"], stages.get(file["stage"], str(file["stage"])), size(file.get("size", 0)))
        for step, file in found[:_MOST_ROWS]
    )
    return table(titled("Files", len(found)), ("step", "file", "what", "size"), rows, numeric=(3,))


def _longest(model: Model) -> Html:
    ran = [step for step in model.tasks if step.took is not None and not step.reused]
    if len(ran) <= _LONGEST:
        return join(())
    longest = sorted(ran, key=lambda step: -(step.took or 0.0))[:_LONGEST]
    rows = ((link(step), step.kind, duration(step.took)) for step in longest)
    return table(f"The longest of {counted(len(ran), 'task')}", ("step", "kind", "took"), rows, numeric=(2,))
