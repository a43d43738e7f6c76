"""Amounts of resources that are known only when a pod starts, as a patch of its spec with tags in it.

Argo replaces the tags before it reads the patch: of a template that has a retry strategy, `retries` is the number of
the attempt from 0 (`localParams` in the controller's `executeTemplate`), and of any, the input's lines are there.
"""

from __future__ import annotations

from runnable.configuration.quantities import quantity
from runnable.ir.amounts import Amount
from runnable.ir.options import Pairs
from runnable.targets.argo.expressions import INPUT_TEXT, NUMBER_OF_ATTEMPT, tag
from runnable.targets.argo.lookup import Lookup
from runnable_runtime.deferred import pattern
from runnable_runtime.protocol import Json

_QUANTITY = "'^[0-9]+([.][0-9]+)?(m|k|M|G|T|P|E|Ki|Mi|Gi|Ti|Pi|Ei|[eE][+-]?[0-9]+)?$'"
_WHOLE = pattern(r"(\d+)([A-Za-z]*)")


def resources(amounts: Pairs, marks: dict[str, str], lookup: Lookup) -> dict[str, Json]:
    """The requests and limits that `amounts` are, with a mark in the place of each tag, which `marks` has then."""
    found: dict[str, Json] = {}
    for where, text in amounts:
        side, _, name = where.partition(".")
        mark = f"amount {side} {name}"
        marks[mark] = _tag(name, Amount.decode(text), lookup)
        found.setdefault(side, {})[name] = mark
    return found


def _tag(name: str, amount: Amount, lookup: Lookup) -> str:
    if not amount.parameter:
        number, unit = _whole(name, amount.quantity)
        return tag(f"{number} * ({NUMBER_OF_ATTEMPT})") + unit
    value = lookup.text_of(INPUT_TEXT, amount.parameter)
    if amount.grows:
        made = f"string(float(sprig.regexFind('^[0-9.]+', q)) * ({NUMBER_OF_ATTEMPT}))"
        made += " + sprig.regexReplaceAll('^[0-9.]+', q, '')"
    else:
        made = "q"
    other = f"'the parameter {amount.parameter} is no quantity'"  # which Kubernetes refuses, with this text
    return tag(f"let q = ({value}); q matches {_QUANTITY} ? {made} : {other}")


def _whole(name: str, text: str) -> tuple[str, str]:
    """A quantity as a whole number and its unit: 1.5Gi in bytes, half a processor in thousandths."""
    if match := _WHOLE.fullmatch(text):
        return match[1], match[2]
    if name == "cpu":
        return str(int(quantity(text) * 1000)), "m"
    return str(int(quantity(text))), ""
