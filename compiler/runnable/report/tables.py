"""Parameters, metrics, files and the longest tasks of a run, as tables."""

from __future__ import annotations

from collections.abc import Iterator

from runnable.report.html import Html, join, table, tag
from runnable.report.model import Model, Step
from runnable.report.wording import counted, duration, size, value_text
from runnable_runtime.protocol import Json

_MOST_ROWS = 60
_LONGEST = 8


def tables(model: Model, *, values: bool) -> Html:
    """All of them, each only if there is something in it."""
    parts = [*_valued(model)] if values else []
    return join((*parts, _files(model), _longest(model)))


def metrics(model: Model) -> Iterator[tuple[Step, str, Json]]:
    """The metrics of the last attempts, in the order of the pipeline."""
    for step in model.tasks:
        outputs = step.record.outputs if step.record else {}
        names = step.record.attempts[-1].metrics if step.record and step.record.attempts else ()
        for name in names:
            if name in outputs:
                yield step, name, outputs[name]


def link(step: Step) -> Html:
    """A link to the row, or panel, of a step."""
    return tag("a", step.path, href=f"#s{step.index}")


def titled(what: str, number: int) -> str:
    """A title that says how many rows of many are shown."""
    return what if number <= _MOST_ROWS else f"{what}: the first {_MOST_ROWS} of {number:,}"


def _valued(model: Model) -> Iterator[Html]:
    given = ((name, tag("code", value_text(value))) for name, value in model.record.parameters.items())
    yield table("Parameters", ("name", "value"), given)
    found = list(metrics(model))
    rows = ((link(step), name, tag("code", value_text(value, 100))) for step, name, value in found[:_MOST_ROWS])
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
