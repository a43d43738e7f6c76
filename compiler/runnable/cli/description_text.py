"""The text of `runnable describe`."""

from __future__ import annotations

from collections.abc import Iterator

from runnable.frontend.description import DescribedParameter, DescribedStep, Description
from runnable_runtime.values.scalars import json_shown


def render(found: Description) -> str:
    """The whole text."""
    lines = [f"{found.name}" + (f"  ({found.source})" if found.source else "")]
    lines += ["", *found.description.strip().splitlines()] if found.description.strip() else []
    declared = [one for one in found.parameters if one.declared]
    others = [one for one in found.parameters if not one.declared]
    for title, several in (("parameters", declared), ("parameters that are not declared", others)):
        if several:
            lines += ["", f"{title}:"]
            for one in several:
                lines += _parameter(one)
    if not found.parameters:
        lines += ["", "parameters: none"]
    lines += ["", "steps:"]
    for step in found.steps:
        lines += _step(step)
    returned = [f"  {name}: {kind}" if kind else f"  {name}" for name, kind in found.returns.items()]
    lines += ["", "returns:", *returned] if returned else ["", "returns: nothing"]
    return "\n".join(lines)


def _parameter(one: DescribedParameter) -> Iterator[str]:
    kind = f": {one.type}" if one.type else ""
    default = f" = {json_shown(one.default)}" if one.has_default else ""
    needed = "  (required)" if one.required else ""
    yield f"  {one.name}{kind}{default}{needed}"
    if one.help:
        yield f"      {one.help}"
    if one.choices:
        yield f"      choices: {', '.join(map(json_shown, one.choices))}"
    if one.given:
        yield f"      given: {json_shown(one.value)}"
    yield f"      read by: {', '.join(one.readers)}" if one.readers else "      no step reads it"


def _step(step: DescribedStep) -> Iterator[str]:
    depth = step.path.count(".")
    indent = "  " * (depth + 1)
    name = step.path.rpartition(".")[2]
    yield f"{indent}{name}: {step.what}"
    if step.help:
        yield f"{indent}    {step.help}"
    if step.after is not None:
        yield f"{indent}    after: {', '.join(step.after)}" if step.after else f"{indent}    starts at once"
    if step.takes:
        takes = [("all others" if len(step.takes) > 1 else "all") if one == "*" else one for one in step.takes]
        yield f"{indent}    takes: {', '.join(takes)}"
    if step.arguments:
        given = [
            f"{name}={one['parameter'] if 'parameter' in one else json_shown(one['value'])}"
            for name, one in step.arguments.items()
        ]
        yield f"{indent}    arguments: {', '.join(given)}"
    if step.returns:
        returned = [f"{name}: {kind}" if kind else name for name, kind in step.returns.items()]
        yield f"{indent}    returns: {', '.join(returned)}"
