"""The last words of a pod whose tasks share it: which of them have failed, and why."""

from __future__ import annotations

import re
from collections.abc import Sequence

from runnable_runtime.deferred import pattern

_FAILED_MEMBER = pattern(r"step '(.+?)' failed: (.*?)(?:; so did (('.+?', )*'.+?')(?: and (\d+) more)?)?$", re.S)
_MOST_NAMED = 20


def failed_members(failed: Sequence[tuple[str, str]]) -> str:
    """The last words of a pod whose tasks share it: the paths of those that have failed, and why the first one has."""
    path, message = failed[0]
    others = [f"'{other}'" for other, _ in failed[1:]]
    more = f" and {len(others) - _MOST_NAMED} more" if len(others) > _MOST_NAMED else ""
    return f"step '{path}' failed: {message[:_LONGEST_CAUSE]}" + (
        f"; so did {', '.join(others[:_MOST_NAMED])}{more}" if others else ""
    )


_LONGEST_CAUSE = 1000
"""Characters of a message in such words, so that the others that have failed fit in."""


def read_failed_members(words: str) -> tuple[dict[str, str], bool]:
    """The paths in such words with their messages, whatever stands before them; and whether these are all."""
    found = _FAILED_MEMBER.search(words)
    if found is None:
        return {}, True
    others = re.findall(r"'(.+?)'(?:, |$)", found[3] or "")
    return {found[1]: found[2], **dict.fromkeys(others, "")}, found[5] is None
