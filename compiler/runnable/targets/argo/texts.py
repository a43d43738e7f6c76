"""Expressions for texts with values in them, which Argo puts into a template as they are; and for what comes back."""

from __future__ import annotations

from collections.abc import Sequence

from runnable.targets.argo.expressions import inert, quoted, tag, unfit
from runnable_runtime.protocol import LONGEST_ARGUMENT, URL_CHARACTERS

URL_TEXT = f"'^[{URL_CHARACTERS}]*$'"
HEADER_TEXT = "'^[ -~]*$'"
"""What an address and a header of a request may have, as regular expressions."""
_NOT_WRITTEN = (
    f" has a value that is not given, is longer than {LONGEST_ARGUMENT} characters"
    " or has characters that cannot be there"
)


NAME = "q"
"""The variable of `made_texts` that has the name of a parameter."""


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
    return f"({_whole(pieces, texts)} {_not_whole(rule)}) ? {quoted(what)} + '{_NOT_WRITTEN}' : "


def made_texts(pieces: str, named: str) -> str:
    """The expression (no tag) that makes the texts of a step: a list as JSON, or a string that says which cannot be.

    `pieces` is the expression for what `described` gives for each of them, `named` that of the value named `NAME`.
    """
    # What a `reduce` begins with is evaluated in its own scope, where `#` is another one: so the name is a variable.
    whole = f"map(#[2], {{ #[0] == 't' ? #[1] : (let {NAME} = #[1]; {named}) }} )"
    bad = f"{unfit('w')} || w contains ('{{'+'{{') || (r != '' && not (w matches r))"
    each = f"let t = #[0]; let r = #[1]; let p = {whole}; let w = any(p, # == nil) ? nil : join(p, ''); [t, w, {bad}]"
    return (
        f"let made = map(fromJSON({pieces}), {{ {each} }} ); let bad = filter(made, #[2]);"
        f" toJson(len(bad) > 0 ? bad[0][0] + '{_NOT_WRITTEN}' : map(made, #[1]))"
    )


def described(what: str, pieces: Sequence[str], rule: str) -> list[object]:
    """A text with values in it, for `made_texts`: what it is called, the rule, and texts and names of parameters."""
    parts = [["p" if index % 2 else "t", piece] for index, piece in enumerate(pieces) if index % 2 or piece]
    return [what, rule[1:-1], parts]


def made(task: str, position: int) -> str:
    """The tag for one of the texts that `task` has made; empty if it has made none."""
    return tag(f"let v = fromJSON({_made(task)}); type(v) == 'array' ? v[{position}] : ''")


def are_made(task: str) -> str:
    """The condition that `task` has made all texts, else none, with what it says."""
    return tag(f"let v = fromJSON({_made(task)}); type(v) == 'array' ? 'true' : v")


def _made(task: str) -> str:
    return f"tasks['{task}'].outputs.parameters.out"


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
