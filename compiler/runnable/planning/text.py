"""A plan as text: a tree with counts, a line for each step, and what it takes."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from runnable.diagnostics.wording import listed
from runnable.ir.nodes import BODY, FanOut, Graph, Loop, Switch
from runnable.planning.argo import OnArgo
from runnable.planning.counts import Times
from runnable.planning.plan import Plan
from runnable.planning.steps import Planned, Why

_UNITS = ((1 << 40, "Ti"), (1 << 30, "Gi"), (1 << 20, "Mi"), (1 << 10, "Ki"))
_BYTES = ("memory", "ephemeral-storage", "hugepages")
_REASONS = 3
"""Reasons of one step that are shown."""
_TIMES = "\N{MULTIPLICATION SIGN}"


def render(plan: Plan) -> str:
    """The whole text."""
    again = " --rerun-changed" if plan.rerun_changed else ""
    how = f" with `runnable retry {plan.like}{again}`" if plan.like else ""
    source = f" ({plan.program.source})" if plan.program.source else ""
    lines = [f"{plan.program.name}{source}: what runs on {plan.target}{how}", ""]
    rows = list(_rows(plan))
    width = max((len(name) for name, _ in rows), default=0)
    lines += [f"{name:{width}}  {what}".rstrip() for name, what in rows]
    lines += ["", _totals(plan)]
    lines += _latest(plan)
    if plan.secrets:
        told = [name if there else f"{name} (not on this machine)" for name, there in plan.secrets.items()]
        lines += [f"secrets: {', '.join(told)}"]
    if plan.argo is not None:
        lines += ["", *_on_argo(plan.argo)]
    lines += [f"note: {note}" for note in plan.notes]
    return "\n".join(lines)


def _rows(plan: Plan) -> Iterator[tuple[str, str]]:
    for one in plan.steps.root.members:
        yield from _of(plan, one, 1)


def _of(plan: Plan, one: Planned, depth: int) -> Iterator[tuple[str, str]]:
    if one.name == BODY and isinstance(one.node, Graph):  # the body of a Map or Loop has no line
        for member in one.members:
            yield from _of(plan, member, depth)
        return
    yield "  " * depth + one.name, _what(plan, one)
    if one.times.most == 0:
        return
    for member in one.members:
        yield from _of(plan, member, depth + 1)


def _what(plan: Plan, one: Planned) -> str:
    if one.times.most == 0:
        return "does not run"
    if not isinstance(one.node, FanOut | Loop | Switch | Graph):
        return ", ".join((_task(plan, one), *one.conditions))
    often = _count(one.times) if one.times.least else ""
    return ", ".join(filter(None, (*one.conditions, _composite(one), often)))


def _composite(one: Planned) -> str:
    match one.node:
        case FanOut(iterate_on=name, max_parallel=most):
            items = "" if one.items is None or one.widest is None else f"{_items(one)} of {name}"
            return ", ".join(filter(None, (items, f"{most} at one time" if most else "")))
        case Loop():
            return "1 iteration" if one.items == Times(1, 1) else f"{one.items} iterations"
        case Graph(max_parallel=int(most)):
            return f"{most} at one time"
        case _:
            return ""


def _items(one: Planned) -> str:
    number = one.items or Times(0, 0)
    return "1 item" if number == Times(1, 1) else f"{number} items"


def _count(times: Times) -> str:
    if times == Times(0, None):
        return "for each item"
    return "" if times == Times(1, 1) else f"{_TIMES} {times}"


def _task(plan: Plan, one: Planned) -> str:
    if not one.is_task:
        return " ".join(filter(None, ("nothing to do", _count(one.times))))
    parts = []
    if one.runs.most != 0 and one.cached.least == 0 != one.cached.most:
        parts.append(" ".join(filter(None, ("runs or is cached", _count(one.times)))))
    elif one.runs.most != 0:
        parts.append(" ".join(filter(None, ("runs", _count(one.runs)))))
    runs = ", ".join(one.runs_of)
    for word, times in (("cached", one.cached), ("taken", one.taken)):
        if times.least:
            parts.append(" ".join(filter(None, (word, _count(times), f"from {runs}" if runs else ""))))
    reasons = one.why or _since_latest(plan, one)
    shown = [f"{why}" + (f" ({_TIMES} {times:,})" if len(reasons) > 1 else "") for why, times in reasons.items()]
    if len(shown) > _REASONS:
        shown = [*shown[:_REASONS], f"{len(shown) - _REASONS} more reasons, in --format json"]
    return ": ".join(filter(None, (", ".join(parts), "; ".join(shown))))


def _since_latest(plan: Plan, one: Planned) -> dict[Why, int]:
    """What has changed of a step since the newest run; nothing where it has not changed by itself."""
    if plan.latest is None:
        return {}
    found = plan.latest.steps.by_path.get(one.path)
    return {why: times for why, times in found.why.items() if why.changes} if found else {}


def _totals(plan: Plan) -> str:
    runs, cached, taken = (plan.totals[name] for name in ("runs", "cached", "taken"))
    parts = [f"{runs} {'task runs' if runs == Times(1, 1) else 'tasks run'}"]
    parts += [f"{cached} cached"] if cached.most != 0 else []
    parts += [f"{taken} taken from the run {plan.like}"] if taken.most != 0 else []
    return ", ".join(parts)


def _latest(plan: Plan) -> list[str]:
    if plan.latest is None:
        return []
    totals = plan.latest.steps.totals()
    run = f"the newest run, {plan.latest.run_id}, has {plan.latest.status}"
    if plan.latest.status not in ("succeeded", "failed"):
        run = f"the newest run, {plan.latest.run_id}, is {plan.latest.status}"
    return [f"{run}; `{plan.latest.command}` would take {totals['taken']} from it and run {totals['runs']}"]


def _on_argo(found: OnArgo) -> list[str]:
    where = f" in {found.namespace}" if found.namespace else ""
    rows = [("pods", _pods(found))]
    for name, one in found.requests.items():
        rows.append((name, f"{_quantity(name, one.total)} in all, {_quantity(name, one.widest)} at one time"))
    if found.late:
        rows.append(
            ("", f"the first attempt counts, or none, of what is known when a pod starts: {listed(list(found.late))}")
        )
    several = f" in {found.objects} objects" if found.objects > 1 else ""
    rows.append(("manifest", f"{_size(found.manifest)}{several}"))
    share = found.status / found.limit
    rows.append(
        ("status", f"{_size(found.status)} at least of the {_size(found.limit)} that a workflow may have ({share:.0%})")
    )
    rows += [(f"{name}", url) for name, url in found.stores.items()]
    rows += [(kind, ", ".join(names)) for kind, names in found.needs.items()]
    width = max(len(name) for name, _ in rows)
    return [
        f"{found.kind} {found.name}{where} takes, and needs there:",
        *(f"  {n:{width}}  {what}" for n, what in rows),
    ]


def _pods(found: OnArgo) -> str:
    parts = [f"{found.pods} in all, {found.widest_pods:,} at one time"]
    if found.agent.most:
        parts.append("with the one of Argo's agent, which sends the requests")
    if found.theirs:
        parts.append(f"and those of the templates that {listed([repr(one) for one in found.theirs])} call")
    if found.unknown_lists:
        lists = listed([repr(one) for one in found.unknown_lists])
        parts.append(f"and as many more as {lists} has items, which is known when it runs")
    if found.retries:
        parts.append(f"and further attempts of {listed(list(found.retries))}")
    return ", ".join(parts)


def _quantity(name: str, value: Decimal) -> str:
    if name.startswith(_BYTES):
        for size, unit in _UNITS:
            if value >= size:
                return f"{(value / size).quantize(Decimal('0.1')).normalize():f}{unit}"
    return f"{value.normalize():f}"


def _size(number: int) -> str:
    return f"{number:,} bytes" if number < 1024 else f"{number / 1024:,.0f} KiB"
