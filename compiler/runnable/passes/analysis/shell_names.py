"""The variables of a shell command: those it reads, and those it cannot export. Only what is certain is reported.

Needs: the text of a command. Leaves: names of variables.

A name that the command has without a ``$`` may be set there (``name=…``, ``read name``, ``for name in …``), so it is
not reported; nor is anything in a command that runs code from elsewhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from runnable_runtime.deferred import pattern

_ELSEWHERE = pattern(r"(^|[\s;&|(])(\.|source|eval)\s", re.MULTILINE)
_HEREDOC = pattern(r"(?<!<)<<-?[ \t]*(['\"]?)(\w+)\1(?P<rest>[^\n]*\n)(?:.*\n)*?[ \t]*\2[ \t]*(?:\n|$)")
_READ = r"\$(?:(?P<name>[A-Za-z_]\w*)|\{\#?(?P<braced>[A-Za-z_]\w*)(?!\w|:?[-=+]))"
_PLAIN = pattern(
    rf"\\.|'[^']*'?|(?<![^\s;&|()])\#[^\n]*|(?P<quote>\")|(?P<open>\$?\()|(?P<close>\))|{_READ}", re.ASCII | re.DOTALL
)
_IN_QUOTES = pattern(rf"\\.|(?P<quote>\")|(?P<open>\$\()|{_READ}", re.ASCII | re.DOTALL)
_EXPORTING = pattern(r"\b(export|declare|typeset|allexport)\b|\bset\s+-\w*a")
_PROXIES = {"http_proxy", "https_proxy", "ftp_proxy", "all_proxy", "no_proxy"}


def never_exported(command: str, names: Iterable[str]) -> tuple[str, ...]:
    """Those of `names` that `command` can only export if it was given them."""
    if _ELSEWHERE.search(command):
        return ()
    exports = _EXPORTING.search(command) is not None
    return tuple(name for name in names if not exports or not re.search(rf"\b{re.escape(name)}\b", command))


def variables_read(command: str) -> tuple[str, ...]:
    """The variables that `command` reads and does not set, without those for which it has a default.

    ``'$name'``, the text after ``<<`` and a command with backticks are left out: another program may read those.
    """
    if "$" not in command or "`" in command or _ELSEWHERE.search(command):
        return ()
    names = dict.fromkeys(_expanded(_HEREDOC.sub(r"\g<rest>", command)))
    return tuple(n for n in names if n not in _PROXIES and not re.search(rf"(?<![$\w{{#]){n}\b", command))


def is_of_the_system(name: str) -> bool:
    """Whether variables of such a name are usually the environment's own, such as ``HOME``."""
    return name.upper() == name


def _expanded(command: str) -> Iterator[str]:
    """The names after a ``$`` where the shell replaces them (POSIX.1-2017, Shell Command Language, 2.2 and 2.6)."""
    quoted = [False]  # one for the command, and one for each ``(`` that is open: whether there are double quotes
    at = 0
    while match := (_IN_QUOTES if quoted[-1] else _PLAIN).search(command, at):
        at = match.end()
        match match.lastgroup:
            case "quote":
                quoted[-1] = not quoted[-1]
            case "open":
                quoted.append(False)
            case "close" if len(quoted) > 1:  # else it ends a pattern of `case`
                quoted.pop()
            case "name" | "braced":
                yield match[match.lastgroup]
            case _:
                pass
