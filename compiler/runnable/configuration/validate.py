"""Checking a mapping from a file against a settings class, every mistake reported with the key's whole path."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import TYPE_CHECKING, Any, TypeVar

from runnable.configuration.yaml_file import key_span
from runnable.diagnostics.codes.configuration import ConfigurationInvalid
from runnable.diagnostics.errors import ConfigurationError
from runnable_runtime.protocol import Json

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

S = TypeVar("S")


def validate(
    cls: type[S], data: Mapping[str, Json], *, file: str, at: str, check_text: Callable[[str], None] | None = None
) -> S:
    """An instance of `cls` from `data`.

    `cls` is a pydantic model or a standard dataclass (with ``__pydantic_config__`` forbidding unknown keys). `at` is
    the key under which `data` stands in `file`. `check_text` raises ValueError for a text that is not to be had; fields
    whose validators ask for it (pydantic's context) have it checked. Raises ConfigurationError with one diagnostic a
    mistake.
    """
    from pydantic import TypeAdapter, ValidationError

    try:
        return TypeAdapter(cls).validate_python(dict(data), context=check_text)
    except ValidationError as error:
        found = [_diagnostic(detail, cls, file, at) for detail in error.errors(include_url=False)]
        raise ConfigurationError(found) from None


def _diagnostic(detail: ErrorDetails, cls: type[object], file: str, at: str) -> ConfigurationInvalid:
    is_unknown = detail["type"] in ("extra_forbidden", "unexpected_keyword_argument")
    # pydantic puts the names of a union's members and of functions into the path: those are not keys of the user's.
    # What is no key ends in one that the user has written, whatever it looks like.
    *outer, last = detail["loc"] or ("",)
    path = [str(part) for part in outer if _is_key(part)]
    path += [str(last)] if is_unknown or _is_key(last) else []
    key = ".".join([*([at] if at else []), *(part if _is_key(part) else repr(part) for part in path)])
    span = key_span(file, key)
    if is_unknown:
        known = known_keys(cls, path[:-1])
        place = _belongs(cls, path, at)
        return ConfigurationInvalid(
            span=span, file=file, key=key, reason="there is no such key", known=known, place=place
        )
    if detail["type"] in ("missing", "missing_argument"):
        return ConfigurationInvalid(span=span, file=file, key=key, reason="this key is needed")
    shown = repr(detail["input"])
    shown = shown if len(shown) <= 60 else shown[:57] + "..."
    message = detail["msg"][:1].lower() + detail["msg"][1:]
    return ConfigurationInvalid(span=span, file=file, key=key, reason=f"{message} (found {shown})")


def _is_key(part: int | str) -> bool:
    return isinstance(part, int) or part.isdigit() or part.replace("-", "_").isidentifier()


def _belongs(cls: type[object], path: list[str], at: str) -> str:
    """The dotted key under which the last part of `path` would be one, though it is none where it stands; or empty."""
    *outer, name = path
    if outer:
        return at if name in _spellings(cls) else ""
    for key, inner in _inner(cls):
        if name in _spellings(inner):
            return f"{at}.{key}" if at else key
    return ""


def _spellings(cls: type[object]) -> set[str]:
    return {*_fields(cls), *known_keys(cls, [])}


def _fields(cls: type[object]) -> Mapping[str, object]:
    """What a model or a dataclass has, by name, without what belongs to the class."""
    if is_dataclass(cls):
        return {field.name: field for field in fields(cls)}
    found: Mapping[str, object] = getattr(cls, "model_fields", {})
    return found


def _inner(cls: type[object]) -> Iterator[tuple[str, type[object]]]:
    """The keys of `cls` that are mappings with keys of their own, and the classes of these."""
    models: Mapping[str, Any] = getattr(cls, "model_fields", None) or {}
    for name, info in models.items():
        kinds = [info.annotation, *getattr(info.annotation, "__args__", ())]
        for kind in kinds:
            if isinstance(kind, type) and getattr(kind, "model_fields", None):
                yield getattr(info, "alias", None) or name, kind


def known_keys(cls: type[object], path: list[str]) -> tuple[str, ...]:
    """The keys that `cls` takes at its top, by their YAML names; nothing for a deeper `path`."""
    if path:
        return ()
    return tuple(getattr(info, "alias", None) or name for name, info in _fields(cls).items())
