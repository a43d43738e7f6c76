"""A simulated run as text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from runnable.simulation.prices import Prices
from runnable.simulation.simulated import Simulated
from runnable.simulation.variants import Variant

_SHOWN = 12
"""Steps of a critical path that are shown, from each of its ends half of them."""


def render(found: Simulated, variants: Iterable[Variant], prices: Prices, source: str) -> str:
    """The whole text."""
    where = f" ({source})" if source else ""
    lines = [f"{found.program.name}{where}: simulated on {_place(found)}", ""]
    rows = [("makespan", seconds(found.makespan)), ("tasks", _tasks(found))]
    if found.idle is not None:
        rows.append(("idle", f"{seconds(found.idle)} of {found.place.at_once} at one time"))
    rows.append(("cost", _cost(found, prices)))
    lines += [f"  {name:9} {text}" for name, text in rows]
    if found.status.value != "succeeded":
        lines += [f"  the run has {found.status.value}"]
    lines += ["", "critical path:", *_critical(found)]
    tried = [(one.change, one.simulated.makespan, one.simulated.cost(prices)) for one in variants]
    if tried:
        width = max(len(change) for change, _, _ in tried)
        lines += ["", "what would change it:"]
        lines += [f"  {change:{width}}  {_gain(found, makespan)}" for change, makespan, _ in tried]
    lines += [f"note: {note}" for note in found.notes]
    return "\n".join(lines)


def seconds(value: float) -> str:
    """A time, as people write it."""
    if value < 1:
        return f"{value * 1000:.0f} ms"
    if value < 60:
        return f"{value:.1f} s"
    whole = round(value)
    parts = [(whole // 3600, "h"), (whole // 60 % 60, "min"), (whole % 60, "s")]
    return " ".join(f"{number} {unit}" for number, unit in parts if number)


def _place(found: Simulated) -> str:
    place = found.place
    if not place.is_cluster:
        return (
            "this machine, one task after another" if place.at_once == 1 else f"this machine, {place.at_once} workers"
        )
    parts = [f"Argo, {seconds(place.start)} for a pod to start"]
    parts += [f"parallelism {place.at_once}"] if place.at_once is not None else []
    parts += [f"{sum(one.count for one in place.nodes)} nodes"] if place.nodes else []
    return ", ".join([*parts, *(["a quota"] if place.quota else [])])


def _tasks(found: Simulated) -> str:
    number = sum(not one.idle for one in found.ran)
    others = found.place.is_cluster and not all(one.takes for one in found.ran)
    pods = f" in {found.pods:,} pod{'s' if found.pods != 1 else ''}" if found.place.sharing or others else ""
    pods += " with that of Argo's agent" if found.agent else ""
    return f"{number:,} that run {seconds(found.busy)} together{pods}, at most {found.widest:,} at one time"


def _cost(found: Simulated, prices: Prices) -> str:
    hours = found.hours()
    shown = ((hours[0], "core hours"), (hours[1], "GiB hours"), (hours[2], "GPU hours"))
    parts = ", ".join(f"{value:.3g} {unit}" for value, unit in shown if value)
    return f"{found.cost(prices):.4f} {prices.currency}" + (f" ({parts})" if parts else "")


def _critical(found: Simulated) -> Iterator[str]:
    path = [one for one in found.critical if not one.idle]
    shown = [*path[: _SHOWN // 2], *path[-_SHOWN // 2 :]] if len(path) > _SHOWN else path
    width = max((len(one.path) for one in shown), default=0)
    for number, one in enumerate(shown):
        if len(path) > _SHOWN and number == _SHOWN // 2:
            yield f"  ... {len(path) - _SHOWN:,} more"
        waited = one.begun - one.ready
        why = f", {one.because.waited} for {seconds(waited)}" if one.because.waited and waited > 0 else ""
        again = f", attempt {one.attempt}" if one.attempt > 1 else ""
        yield f"  {one.path:{width}}  {seconds(one.seconds)} from {seconds(one.started)}{again}{why}"
    for step, took in list(found.critical_steps.items())[:3]:
        yield f"  {took / found.makespan:.0%} of the time: {step}" if found.makespan else f"  {step}"


def _gain(found: Simulated, makespan: float) -> str:
    less = found.makespan - makespan
    if abs(less) < found.makespan * 0.005:
        return f"{seconds(makespan)}, as now"
    return f"{seconds(makespan)}, {abs(less) / found.makespan:.0%} {'less' if less > 0 else 'more'}"
