"""Schedules: whether a cron expression, and the name of a time zone, are such as Argo and Kubernetes can follow.

Both take what is written well and can never be followed: a minute 99 is an error in the status of a CronWorkflow, which
nobody looks at, and 30 February never comes. Source: https://pkg.go.dev/github.com/robfig/cron/v3 (ParseStandard).
"""

from __future__ import annotations

from runnable_runtime.deferred import pattern

MACROS = ("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
_LONGEST_MONTHS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)
_FIELDS = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 6, _DAYS),
)
_PART = pattern(r"(?P<first>\*|\?|\w+)(-(?P<last>\w+))?(/(?P<step>\d+))?")
_EVERY = pattern(r"@every\s+(\d+(ns|us|ms|s|m|h))+")
_ANY = ("*", "?")


def problem_of_schedule(text: str) -> str:
    """Why nothing runs by the cron expression `text`; empty if something does."""
    if text in MACROS or _EVERY.fullmatch(text):
        return ""
    words = text.split()
    if len(words) != len(_FIELDS):
        return f"has {len(words)} fields between blanks, and five are needed"
    found: list[frozenset[int]] = []
    for (name, least, most, names), word in zip(_FIELDS, words, strict=True):
        numbers: set[int] = set()
        for part in word.split(","):
            try:
                numbers |= _numbers(part, least, most, names)
            except ValueError as wrong:
                return f"has {part!r} as the {name}, {wrong}"
        found.append(frozenset(numbers))
    days, months = found[2], found[3]
    if words[4] in _ANY and not any(min(days) <= _LONGEST_MONTHS[month - 1] for month in months):
        return "is for a day that no such month has"
    return ""


def _numbers(part: str, least: int, most: int, names: tuple[str, ...]) -> set[int]:
    """The numbers that a part of a field means. Raises ValueError, with the reason, for none."""
    read = _PART.fullmatch(part)
    if read is None:
        raise ValueError("which is no number, range or list")
    if read["first"] in _ANY:
        if read["last"]:
            raise ValueError("which is no range")
        first, last = least, most
    else:
        first = _number(read["first"], least, most, names)
        last = _number(read["last"], least, most, names) if read["last"] else most if read["step"] else first
    step = int(read["step"] or 1)
    if first > last:
        raise ValueError("whose first is after its last")
    if step == 0:
        raise ValueError("whose step is 0")
    return set(range(first, last + 1, step))


def _number(text: str, least: int, most: int, names: tuple[str, ...]) -> int:
    if text.lower() in names:
        return names.index(text.lower()) + least
    if not text.isdecimal() or not least <= int(text) <= most:
        or_name = f", or {names[0]} to {names[-1]}" if names else ""
        raise ValueError(f"and it is {least} to {most}{or_name}")
    return int(text)


def problem_of_timezone(name: str) -> str:
    """Why `name` is no time zone; empty if it is, or this machine knows none."""
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "is no time zone such as Europe/Oslo" if available_timezones() else ""
    return ""
