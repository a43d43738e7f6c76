"""Expressions for texts with values in them, which Argo puts into a template as they are; and for what comes back."""

from __future__ import annotations

from collections.abc import Sequence

from runnable.targets.argo.expressions import inert, quoted, tag, unfit
from runnable_runtime.protocol import LONGEST_ARGUMENT, URL_CHARACTERS

URL_TEXT = f"'^[{URL_CHARACTERS}]*$'"
HEADER_TEXT = "'^[ -~]*$'"
"""What an address and a header of a request may have, as regular expressions."""


def _whole(pieces: Sequence[str], texts: Sequence[str]) -> str:
    """What defines ``w``, a text with values in it, or nil if one of them is not there."""
    parts = [f"w{index // 2}" if index % 2 else quoted(piece) for index, piece in enumerate(pieces)]
    values = "".join(f"let w{number} = ({text}); " for number, text in enumerate(texts))
    absent = " || ".join(f"w{number} == nil" for number in range(len(texts)))
    return f"let w = ({values}{absent} ? nil : {' + '.join(one for one in parts if one != quoted(''))});"


def _not_whole(rule: str) -> str:
    """Whether ``w`` is none that can be put into a template as it is."""
    fits = f" || not (w matches {rule})" if rule else ""
    return f"{unfit('w')} || w contains ('{{'+'{{'){fits}"


def whole_argument(pieces: Sequence[str], texts: Sequence[str], rule: str) -> str:
    """The tag for a text with values in it, of which `texts` are the expressions; empty for what `not_written` refuses.

    `pieces` are texts and, between them, values. `rule`: a regular expression that it has to be of.
    """
    return tag(f"{_whole(pieces, texts)} {_not_whole(rule)} ? '' : w")


def not_written(what: str, pieces: Sequence[str], texts: Sequence[str], rule: str) -> str:
    """The case of a condition that is no condition, for a text that cannot be written; see `program_runs`."""
    return (
        f"({_whole(pieces, texts)} {_not_whole(rule)}) ? {quoted(what)} + ' has a value that is not given, is longer"
        f" than {LONGEST_ARGUMENT} characters or has characters that cannot be there' : "
    )


def has_left(task: str, names: Sequence[str]) -> str:
    """The condition that the task, somebody else's template, has left all outputs `names`; else none, with the name."""
    cases = "".join(f"{_their(task, one)} == nil ? 'it has left no output parameter {one}' : " for one in names)
    return tag(f"{cases}'true'")


def _their(task: str, name: str) -> str:
    return f"(tasks['{task}'].outputs?.parameters ?? {{}})['{name}']"


def their_line(task: str, theirs: str, own: str) -> str:
    """The expression (no tag) for the line with what somebody else's template has left as `theirs`."""
    return inert(f"toJson(['{own}',{_their(task, theirs)} ?? ''])")


def response_line(task: str, own: str) -> str:
    """The expression (no tag) for the line with the response that the request `task` has got."""
    return inert(f"toJson(['{own}',tasks['{task}'].outputs?.result ?? ''])")
