"""Checking a mapping from a file against a settings class, every mistake reported with the key's whole path."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
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
    # pydantic puts the names of a union's members and of functions into the path: those are not keys of the user's
    path = [str(part) for part in detail["loc"] if isinstance(part, int) or str(part).replace("-", "_").isidentifier()]
    key = ".".join([at, *path]) if at else ".".join(path)
    span = key_span(file, key)
    if detail["type"] in ("extra_forbidden", "unexpected_keyword_argument"):
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
    fields: Mapping[str, object] = getattr(cls, "model_fields", None) or getattr(cls, "__dataclass_fields__", {})
    return {*fields, *known_keys(cls, [])}


def _inner(cls: type[object]) -> Iterator[tuple[str, type[object]]]:
    """The keys of `cls` that are mappings with keys of their own, and the classes of these."""
    fields: Mapping[str, Any] = getattr(cls, "model_fields", None) or {}
    for name, info in fields.items():
        kinds = [info.annotation, *getattr(info.annotation, "__args__", ())]
        for kind in kinds:
            if isinstance(kind, type) and getattr(kind, "model_fields", None):
                yield getattr(info, "alias", None) or name, kind


def known_keys(cls: type[object], path: list[str]) -> tuple[str, ...]:
    """The keys that `cls` takes at its top, by their YAML names; nothing for a deeper `path`."""
    if path:
        return ()
    fields: Mapping[str, object] = getattr(cls, "model_fields", None) or getattr(cls, "__dataclass_fields__", {})
    return tuple(getattr(info, "alias", None) or name for name, info in fields.items())
