"""What to write so that a value can be returned: the annotation for it, or another form."""

from __future__ import annotations

from collections.abc import Mapping

from runnable_runtime.values.annotations import SAYS_LITTLE
from runnable_runtime.values.single import written_single

_DEEPEST = 4


def advice(value: object, where: str, whole: object) -> str:
    """What to do with a value that is not JSON.

    `where` is the function that returns it, empty if there is none; `whole` is what has to be annotated.
    """
    if isinstance(value, set | frozenset) or written_single(type(value)) is not None:
        instead = "return a list, such as sorted(...)" if isinstance(value, set | frozenset) else "return a text"
        if not where:
            return f"{instead}, or declare it pickled(...)"
        shown = annotation_for(whole)
        return f"annotate what {where} returns so that it says `{shown}`, as do the steps that take it, or {instead}"
    if callable(getattr(value, "tolist", None)):
        return f"{_kept(value, where)}, or return .tolist()"
    if callable(getattr(value, "to_dict", None)):
        return f"{_kept(value, where)}, or return .to_dict()"
    return f"{_kept(value, where)}, or return what JSON has (None, bool, int, float, str, list, dict)"


def _kept(value: object, where: str) -> str:
    pickled = "declare it pickled(...)"
    if type(value).__module__ in SAYS_LITTLE:  # annotated so, it could be any value of JSON
        return pickled
    return f"annotate {where} with `-> {type(value).__name__}`, or {pickled}" if where else pickled


def annotation_for(value: object, depth: int = 0) -> str:
    """How an author would annotate `value`."""
    if value is None:
        return "None"
    kind = type(value)
    if depth >= _DEEPEST:
        return "Any"
    if kind in (list, set, frozenset):
        inner = {annotation_for(item, depth + 1): None for item in value}  # type: ignore[attr-defined]
        return f"{kind.__name__}[{' | '.join(inner)}]" if inner else kind.__name__
    if isinstance(value, Mapping):
        keys = {annotation_for(key, depth + 1): None for key in value}
        items = {annotation_for(item, depth + 1): None for item in value.values()}
        return f"dict[{' | '.join(keys)}, {' | '.join(items)}]" if keys else "dict"
    single = written_single(kind)
    if single is not None and single.module == "pathlib":
        return "Path"
    return kind.__name__


def article(kind: type) -> str:
    """`kind` with its module, for the middle of a sentence."""
    module = "" if kind.__module__ == "builtins" else f"{kind.__module__}."
    return f"a value of type {module}{kind.__qualname__}"
