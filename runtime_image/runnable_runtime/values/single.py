"""The standard library's classes of one value, as texts: dates, durations, paths, decimal numbers, bytes, and numpy's.

Each is written as the text that its own class reads, so that it comes back exactly.
"""

from __future__ import annotations

import binascii
import sys
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from runnable_runtime.deferred import dataclass, pattern
from runnable_runtime.protocol import Json

if TYPE_CHECKING:
    from datetime import timedelta

Read = Callable[[Any, Any], object]
"""Makes an object of a class (the first argument) from a JSON value. Raises ValueError, ArithmeticError, TypeError."""


def _made(kind: Any, value: Json) -> object:
    return kind(str(value))


def _from_iso(kind: Any, value: Json) -> object:
    return kind.fromisoformat(value)


def _from_base64(kind: Any, value: Json) -> object:
    try:
        return kind(binascii.a2b_base64(value, strict_mode=True))
    except ValueError:
        raise ValueError("write bytes as base64") from None


def _base64(value: Any) -> str:
    return binascii.b2a_base64(value, newline=False).decode()


def _scalar(kind: Any, value: Json) -> object:
    """A scalar of numpy, which must not have changed the value."""
    made = kind(value)
    if not isinstance(value, str) and made != value:
        raise ValueError(f"it does not fit into {kind.__name__}")
    return made


_ISO_DURATION = pattern(
    r"(?P<sign>[+-]?)P(?:(?P<weeks>\d+)W)?(?:(?P<days>\d+)D)?"
    r"(?:T(?:(?P<hours>\d+)H)?(?:(?P<minutes>\d+)M)?(?:(?P<seconds>\d+)(?:\.(?P<fraction>\d{1,6}))?S)?)?"
)
_CLOCK_DURATION = pattern(
    r"(?P<sign>)(?P<weeks>)(?:(?P<days>-?\d+) days?, )?(?P<hours>\d+):(?P<minutes>\d\d)"
    r":(?P<seconds>\d\d)(?:\.(?P<fraction>\d{1,6}))?"
)


def _duration(kind: Any, value: Json) -> object:
    """A timedelta from seconds, from ISO 8601 (``P1DT2H``), or as Python prints it (``1 day, 2:00:00``)."""
    if not isinstance(value, str):
        return kind(seconds=value)
    found = _ISO_DURATION.fullmatch(value.strip()) or _CLOCK_DURATION.fullmatch(value.strip())
    if found is None or value.strip()[-1:] in ("P", "T"):
        raise ValueError("write a number of seconds, or a text such as P1DT2H30M or 2:30:00")
    parts = {key: int(found[key] or 0) for key in ("weeks", "days", "hours", "minutes", "seconds")}
    made = kind(**parts, microseconds=int((found["fraction"] or "").ljust(6, "0")))
    return -made if found["sign"] == "-" else made


def _written_duration(value: timedelta) -> str:
    sign, whole = ("-", -value) if value.days < 0 else ("", value)
    return f"{sign}P{whole.days}DT{whole.seconds}" + (f".{whole.microseconds:06}S" if whole.microseconds else "S")


@dataclass(frozen=True, slots=True)
class Single:
    """A class whose objects are one value; `examples` are JSON values of it."""

    module: str
    name: str
    accepts: tuple[type, ...]
    read: Read
    write: Callable[[Any], Json]
    examples: tuple[Json, ...]


_SINGLES: tuple[Single, ...] = (
    Single("pathlib", "PurePath", (str,), _made, str, ("a/b",)),
    Single("datetime", "datetime", (str,), _from_iso, lambda it: it.isoformat(), ("2024-01-31T10:00:00",)),
    Single("datetime", "date", (str,), _from_iso, lambda it: it.isoformat(), ("2024-01-31",)),
    Single("datetime", "time", (str,), _from_iso, lambda it: it.isoformat(), ("10:00:00",)),
    Single("datetime", "timedelta", (str, int, float), _duration, _written_duration, ("P1DT0S",)),
    Single("uuid", "UUID", (str,), _made, str, ("12345678-1234-5678-1234-567812345678",)),
    Single("decimal", "Decimal", (str, int, float), _made, str, ("1.5", "1")),
    Single("fractions", "Fraction", (str, int), _made, str, ("1/2", "1")),
    Single("ipaddress", "_IPAddressBase", (str,), _made, str, ("10.0.0.1", "10.0.0.0/8", "::1", "::/8")),
    Single("zoneinfo", "ZoneInfo", (str,), _made, str, ("UTC",)),
    Single("builtins", "complex", (str, int, float), lambda kind, it: kind(it), str, ("(1+2j)", "(1+0j)")),
    Single("builtins", "bytes", (str,), _from_base64, _base64, ("AAEC",)),
    Single("builtins", "bytearray", (str,), _from_base64, _base64, ("AAEC",)),
    Single("numpy", "datetime64", (str,), _scalar, str, ("2024-01-31",)),
)
_NUMPY = Single("numpy", "generic", (str, bool, int, float), _scalar, lambda it: it.item(), ())
"""The scalars of numpy that JSON has a form for; `written_single` does not take them, as they need no annotation."""


def single_of(kind: type) -> Single | None:
    """What is known of `kind`, or of a class that it is derived from.

    Modules are looked up, not imported: whoever has an object of a class, or its annotation, has imported its module.
    """
    return _look_up(kind, (*_SINGLES, _NUMPY))


def written_single(kind: type) -> Single | None:
    """As `single_of`, for objects that become JSON only where an annotation says how they come back."""
    return _look_up(kind, _SINGLES)


def _look_up(kind: type, known: tuple[Single, ...]) -> Single | None:
    for single in known:
        found = getattr(sys.modules.get(single.module), single.name, None)
        if isinstance(found, type) and issubclass(kind, found):
            return single
    return None
