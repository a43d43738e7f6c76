"""Methods, and attributes, of what a file has made itself: of texts, lists, paths, and parts of pipelines."""

from __future__ import annotations

import ast
import string

from runnable.frontend.contained.kinds import Unknown

GROWING = frozenset({"add", "append", "extend", "insert", "setdefault", "update"})
"""Those that put something into what they are of."""
GIVING = frozenset({"get", "pop", "setdefault"})
"""Those that give something that is in what they are of, or what they are given."""
HOLDING = frozenset({"after", "as_pipeline", "execute", "get"})
"""Those that take anything, and do nothing with it."""
_OF_TEXTS = frozenset(
    {"endswith", "format", "join", "lower", "replace", "rsplit", "split", "splitlines", "startswith", "strip"}
    | {"title", "upper", "zfill"}
)
_OF_PATHS = frozenset(
    {"absolute", "as_posix", "exists", "is_dir", "is_file", "joinpath", "read_text", "resolve", "with_name"}
    | {"with_suffix"}
)
METHODS = GROWING | GIVING | HOLDING | _OF_TEXTS | _OF_PATHS | {"copy", "count", "index", "items", "keys", "values"}
TAKING_ALL = frozenset({"extend", "join", "update"})
"""Those that go through all of what they are given at once."""
FROM_PATHS = frozenset({"parent", "stem", "suffix"})
"""What a path has, and no part of a pipeline."""


def see_call(method: str, of: ast.expr, call: ast.Call) -> None:
    """See that a method is none of another type that has the same name, and shows nothing but its arguments.

    Raises Unknown.
    """
    if method == "replace" and len(call.args) < 2:  # that of a path takes one
        raise Unknown
    if method == "copy" and (call.args or call.keywords):
        raise Unknown
    if method == "format":
        _see_format(of)


def _see_format(of: ast.expr) -> None:
    """A text whose fields are arguments themselves, and none of their attributes and items: `{0.x}`, `{0[x]}`."""
    if not (isinstance(of, ast.Constant) and isinstance(of.value, str)):
        raise Unknown
    for _, field, layout, _ in string.Formatter().parse(of.value):
        if (field and not field.replace("_", "").isalnum()) or "{" in (layout or ""):
            raise Unknown
