"""Reading a step's `resources`: what it asks for, and at most gets, of each resource of a node."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from runnable.configuration.kubernetes_names import NATIVE_RESOURCES, is_resource, is_whole
from runnable.configuration.quantities import is_quantity, quantity
from runnable.diagnostics.wording import did_you_mean
from runnable.frontend.amounts import is_amount, read_amount
from runnable.ir.amounts import Amount
from runnable.ir.options import Pairs, Resources
from runnable.sdk.describe import shown

_UNITS = ("cpu", "memory", "gpu")
_SIDES = ("requests", "limits")
_KNOWN = (*NATIVE_RESOURCES, "gpu")

Bad = Callable[[str], None]
"""Notes a mistake."""


def read_resources(value: Any, bad: Bad) -> Resources | None:
    """The `Resources` of a step that has `value`; None for nothing, and for what is no mapping."""
    if value is None:
        return None
    if not isinstance(value, Mapping):
        bad(f"is a mapping of cpu, memory and gpu, or of requests and limits, not {shown(value)}")
        return None
    for key in value.keys() - {*_UNITS, *_SIDES}:
        if is_resource(key):
            bad(f"has the key {key!r}: give it under requests and limits, `{{'limits': {{{key!r}: …}}}}`")
        else:
            bad(f"has the key {key!r}: {did_you_mean(str(key), (*_UNITS, *_SIDES))}")
    gpu = value.get("gpu")
    if gpu is not None and (not isinstance(gpu, int) or isinstance(gpu, bool) or gpu < 0):
        bad(f"gpu is a whole number of devices, not {shown(gpu)}")
        gpu = None
    requests, limits = (_side(side, value.get(side), bad) for side in _SIDES)
    found = Resources(_quantity("cpu", value, bad), _quantity("memory", value, bad), gpu, requests, limits)
    _check_sides(found, bad)
    return found


def _quantity(key: str, resources: Mapping[str, Any], bad: Bad) -> str | None:
    """One Kubernetes quantity, as text."""
    value = resources.get(key)
    if value is None:
        return None
    if is_amount(value):
        return read_amount(key, value, bad)
    if not is_quantity(value):
        example = "500m" if key == "cpu" else "1Gi"
        bad(f'{key} is a Kubernetes quantity such as "{example}", not {shown(value)}')
        return None
    return str(value)


def _side(side: str, value: Any, bad: Bad) -> Pairs:
    """The requests, or the limits."""
    if value is None:
        return ()
    if not isinstance(value, Mapping):
        bad(f"{side} is a mapping of resources to quantities, not {shown(value)}")
        return ()
    found: list[tuple[str, str]] = []
    for name, item in value.items():
        if name != "gpu" and not is_resource(name):
            bad(f"{side} has {name!r}, which is no resource: {_meant(str(name))}")
        elif is_amount(item):
            if (amount := read_amount(name, item, lambda reason: bad(f"{side}: {reason}"))) is not None:
                found.append((name, amount))
        elif not is_quantity(item):
            bad(f'{side}: {name} is a Kubernetes quantity such as "1Gi" or 1, not {shown(item)}')
        elif (name == "gpu" or "/" in name) and quantity(str(item)) % 1:
            bad(f"{side}: {name} is a whole number of devices, not {shown(item)}")
        else:
            found.append((name, str(item)))
    return tuple(found)


def _meant(name: str) -> str:
    return did_you_mean(name.replace("_", "-"), _KNOWN, "ones, beside extended ones such as 'amd.com/gpu'") or ""


def _check_sides(resources: Resources, bad: Bad) -> None:
    """A request above its limit is refused by Kubernetes, and so is one of devices that differs from it."""
    weak = {name: text for name in ("cpu", "memory") if (text := getattr(resources, name)) is not None}
    requests, limits = {**weak, **dict(resources.requests)}, {**weak, **dict(resources.limits)}
    for name, text in requests.items():
        if Amount.decode(text).grows and not Amount.decode(limits.get(name, "")).grows:
            bad(f"requests: {name} grows with the attempt, and so has its limit to: give limits with it too")
    for name in requests.keys() & limits.keys():
        if not (Amount.decode(requests[name]).is_plain and Amount.decode(limits[name]).is_plain):
            continue
        asked, most = quantity(requests[name]), quantity(limits[name])
        if asked > most:
            bad(f"asks for {requests[name]} of {name}, and its limit is {limits[name]}: it can be at most the limit")
        elif asked != most and (name == "gpu" or is_whole(name)):
            bad(f"asks for {requests[name]} of {name}, and its limit is {limits[name]}: these have to be the same")
