"""Changes as text: by step, with changes that several steps have in common shown once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from difflib import unified_diff

from runnable.manifests.changes import Change, How

_LONGEST = 100
_MOST_STEPS = 6
_MOST_LINES = 120
_SIGN = {How.ADDED: "+", How.REMOVED: "-", How.CHANGED: "~"}


def render(changes: Iterable[Change]) -> str:
    """The changes as lines without an end of line, the last of which counts them."""
    changes = list(changes)
    lines = [*_common(changes), *_steps(changes), *_others(changes)]
    return "\n".join([*lines, f"{len(changes)} change{'' if len(changes) == 1 else 's'}"])


def render_texts(old: str, new: str, name: str) -> str:
    """The difference of two texts, line by line; a very long one is cut, and says so."""
    lines = list(
        unified_diff(
            old.splitlines(), new.splitlines(), f"{name} (committed)", f"{name} (compiled)", "", "", 1, lineterm=""
        )
    )
    shown = [line if len(line) <= 2 * _LONGEST else line[: 2 * _LONGEST - 1] + "…" for line in lines[:_MOST_LINES]]
    return "\n".join([*shown, *([f"… {len(lines) - _MOST_LINES} more lines"] if len(lines) > _MOST_LINES else [])])


def _common(changes: list[Change]) -> Iterator[str]:
    """Changes that several steps have in common, such as the image."""
    for (how, field, old, new), paths in _by_content(changes).items():
        if len(paths) > 1:
            names = ", ".join(paths[:_MOST_STEPS]) + (", …" if len(paths) > _MOST_STEPS else "")
            yield f"{_SIGN[how]} {_value(field, old, new)}"
            yield f"      in {len(paths)} steps: {names}"


def _by_content(changes: list[Change]) -> dict[tuple[How, str, str | None, str | None], list[str]]:
    found: dict[tuple[How, str, str | None, str | None], list[str]] = defaultdict(list)
    for change in changes:
        if change.what == "step" and change.field:
            found[change.how, change.field, change.old, change.new].append(change.name)
    return found


def _steps(changes: list[Change]) -> Iterator[str]:
    shared = {key for key, paths in _by_content(changes).items() if len(paths) > 1}
    own: dict[str, list[Change]] = defaultdict(list)
    for change in changes:
        if change.what == "step" and (change.how, change.field, change.old, change.new) not in shared:
            own[change.name].append(change)
    for path, found in own.items():
        whole = next((change for change in found if not change.field), None)
        if whole is not None:
            yield f"{_SIGN[whole.how]} step {path}: {_short(whole.new or whole.old)}"
            continue
        yield f"~ step {path}"
        yield from (f"      {_value(change.field, change.old, change.new)}" for change in found)


def _others(changes: list[Change]) -> Iterator[str]:
    for change in changes:
        if change.what != "step":
            name = change.name if change.what == "setting" else f"{change.what} {change.name}"
            yield f"{_SIGN[change.how]} {_value(name, change.old, change.new)}"


def _value(name: str, old: str | None, new: str | None) -> str:
    if old is None:
        return f"{name}: {_short(new)}"
    return f"{name}: {_short(old)} -> {'nothing' if new is None else _short(new)}"


def _short(text: str | None) -> str:
    line = " ".join((text or "''").split())
    return line if len(line) <= _LONGEST else line[: _LONGEST - 1] + "…"
