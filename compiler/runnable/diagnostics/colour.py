"""Whether text for a stream has colours, decided in one place for all that this package prints.

The first of these that says something counts:

    NO_COLOR          set, to anything but nothing: no colours (no-color.org)
    FORCE_COLOR       set: colours, wherever the stream goes; `0` or `false` means none
    CLICOLOR_FORCE    set, and not `0`: colours
    CLICOLOR          `0`: no colours
    TERM              `dumb`: no colours
    the stream        colours on a terminal, and nowhere else
"""

from __future__ import annotations

import os
import re
import sys
from typing import IO, TYPE_CHECKING, Any

from runnable_runtime.deferred import pattern

if TYPE_CHECKING:
    from rich.console import Console

_RESET = "\x1b[0m"
_CODES = {"green": "32", "bold red": "1;31", "red": "31", "yellow": "33", "cyan": "36", "dim": "2", "bold": "1"}
_STYLES = {"error": "\x1b[1;31m", "warning": "\x1b[1;33m", "hint": "\x1b[1;36m", "notice": "\x1b[1;36m"}
_PLACE = "\x1b[34m"
_HEAD = pattern(r"^(error|warning|hint|notice)(\[RN\d+\])?(?=:)", re.MULTILINE)
_FRAME = pattern(r"^( *)(-->|\d* \|| = (?:note|help):)", re.MULTILINE)


_DECIDED: list[bool] = []
"""Whether standard error has colours, where that is decided."""


def decide(stream: IO[Any] | None) -> None:
    """Decide for this process whether standard error has colours, as if it were `stream`: it will be a file."""
    _DECIDED[:] = [has_colours(stream)]


def has_colours(stream: IO[Any] | None) -> bool:
    """Whether what is printed on `stream` is to be in colours."""
    if _DECIDED and stream is sys.stderr:
        return _DECIDED[0]
    if os.environ.get("NO_COLOR"):
        return False
    force = os.environ.get("FORCE_COLOR", "")
    if force:
        return force.lower() not in ("0", "false")
    if os.environ.get("CLICOLOR_FORCE", "0") not in ("", "0"):
        return True
    if os.environ.get("CLICOLOR") == "0" or os.environ.get("TERM") == "dumb":
        return False
    return is_terminal(stream)


def is_terminal(stream: IO[Any] | None) -> bool:
    """Whether `stream` is a terminal; one that is closed, or is none at all, is not."""
    try:
        return stream is not None and stream.isatty()
    except (AttributeError, ValueError):
        return False


def can_be_drawn_on(stream: IO[Any] | None) -> bool:
    """Whether `stream` is a terminal on which lines can be written anew."""
    return is_terminal(stream) and os.environ.get("TERM") != "dumb"


def painted(text: str, stream: IO[Any] | None) -> str:
    """Diagnostics as `Diagnostic.render` writes them, with colours if `stream` has some."""
    if not has_colours(stream):
        return text
    text = _FRAME.sub(rf"\1{_PLACE}\2{_RESET}", text)
    return _HEAD.sub(lambda found: f"{_STYLES[found[1]]}{found.group()}{_RESET}", text)


def styled(text: str, style: str, stream: IO[Any] | None) -> str:
    """`text` in a style, as rich calls it, if `stream` has colours."""
    return in_style(text, style) if has_colours(stream) else text


def in_style(text: str, style: str) -> str:
    """`text` in a style, as rich calls it."""
    return f"\x1b[{_CODES[style]}m{text}{_RESET}"


def console() -> Console:
    """Rich's console on standard error, with colours only where this module says so."""
    from rich.console import Console

    terminal = is_terminal(sys.stderr)
    if not has_colours(sys.stderr):
        return Console(stderr=True, highlight=False, force_terminal=terminal, color_system=None)
    found = Console(stderr=True, highlight=False, force_terminal=terminal, no_color=False)
    if found.color_system is None:  # such as TERM=dumb with FORCE_COLOR
        found = Console(stderr=True, highlight=False, force_terminal=terminal, no_color=False, color_system="standard")
    return found
