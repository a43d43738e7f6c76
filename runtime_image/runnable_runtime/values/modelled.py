"""Pydantic's models, dataclasses and types: written as JSON that the same class takes back, and made from JSON.

pydantic is imported where it is used only: an object or an annotation of its own is there, so it has been.
"""

from __future__ import annotations

import json
import sys
import typing
from collections.abc import Iterable, Mapping
from typing import Any

from runnable_runtime.failures import a
from runnable_runtime.protocol import Json
from runnable_runtime.values.scalars import Mismatch

_PYDANTIC = ("pydantic", "annotated_types", "pydantic_core")

NO_SECRETS = "what a task returns is kept in the run's record; name the secret in `secrets` of the step that needs it"


class NotWritten(ValueError):
    """An object of pydantic's cannot be JSON, or would not come back; the text says why."""


def wants_pydantic(annotation: object) -> bool:
    """Whether pydantic has to make it: a model, one of its dataclasses or types, or a constraint that it reads."""
    if "pydantic" not in sys.modules:
        return False
    if typing.get_origin(annotation) is typing.Annotated:
        return any(type(extra).__module__.partition(".")[0] in _PYDANTIC for extra in annotation.__metadata__)  # type: ignore[attr-defined]
    kind = typing.get_origin(annotation) or annotation
    return isinstance(kind, type) and (
        hasattr(kind, "__pydantic_core_schema__")
        or hasattr(kind, "__get_pydantic_core_schema__")
        or kind.__module__.partition(".")[0] == "pydantic"
    )


def by_pydantic(value: Json, annotation: object, name: str) -> object:
    """What pydantic makes of `value`; a model that gets no object takes it as its field `name`. Raises Mismatch."""
    import pydantic

    is_model = isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel)
    if value is None and is_model:
        raise Mismatch
    if is_model and not isinstance(value, dict | pydantic.BaseModel) and not issubclass(annotation, pydantic.RootModel):  # type: ignore[arg-type]
        value = {name: value}
    try:
        try:
            text = json.dumps(value)
        except (TypeError, ValueError):  # it is an object already, of an earlier step in this process
            return pydantic.TypeAdapter(annotation).validate_python(value)  # type: ignore[arg-type]
        return _validated(annotation, text)  # by the rules for JSON, where a strict model takes a date's text
    except pydantic.ValidationError as error:
        problems = [f"{'.'.join(map(str, p['loc']))} {p['msg']}".strip() for p in error.errors(include_url=False)]
        raise Mismatch("; ".join(problems[:3])) from None
    except pydantic.errors.PydanticUserError as error:
        raise Mismatch(str(error).partition("\n")[0]) from None


def _validated(annotation: Any, text: str) -> object:
    import pydantic

    adapter: Any = pydantic.TypeAdapter(annotation)
    if tuple(map(int, pydantic.VERSION.split(".")[:2])) < (2, 11):
        return adapter.validate_json(text)
    return adapter.validate_json(text, by_alias=True, by_name=True)  # see `written`


def written(value: object) -> Json:
    """The JSON of an object of pydantic's: by alias where its class takes that back, else by the fields' names.

    Raises NotWritten: neither comes back as it left, or it holds a secret, which must not be in a record.
    """
    import pydantic

    kind, reason = type(value), ""
    adapter: Any = pydantic.TypeAdapter(kind)
    for by_alias in (True, False):
        try:
            found = adapter.dump_python(value, mode="json", by_alias=by_alias, round_trip=True, warnings=False)
            if secret := _secret(value, pydantic):
                raise NotWritten(f"holds a {secret}: {NO_SECRETS}")
            back = by_pydantic(found, kind, "")
        except Mismatch as error:
            reason = reason or f"does not come back from its JSON: {error}"
        except NotWritten:
            raise
        except ValueError as error:  # pydantic's PydanticSerializationError is one
            raise NotWritten(f"is {a(kind.__name__)} that pydantic cannot write as JSON: {error}") from None
        else:
            lost = difference(value, back)
            if not lost:
                return found
            reason = reason or f"does not come back from its JSON as it left: {lost.lstrip('.')}"
    raise NotWritten(reason)


def difference(left: object, back: object, path: str = "") -> str:
    """Where `back` is another value than `left`, and how, in a few words; empty if it is the same."""
    if _fields(left) is not None:
        if type(left) is not type(back) and not issubclass(type(back), type(left)):
            return f"{path or 'it'} is {a(type(left).__name__)}, and comes back as {a(type(back).__name__)}"
        own, other = _fields(left) or {}, _fields(back) or {}
        return _first(difference(item, other.get(name), f"{path}.{name}") for name, item in own.items())
    if isinstance(left, Mapping) and isinstance(back, Mapping) and left.keys() == back.keys():
        return _first(difference(item, back[key], f"{path}[{key!r}]") for key, item in left.items())
    if isinstance(left, list | tuple) and isinstance(back, list | tuple) and len(left) == len(back):
        pairs = enumerate(zip(left, back, strict=True))
        return _first(difference(one, other, f"{path}[{index}]") for index, (one, other) in pairs)
    return "" if _equal(left, back) else f"{path or 'it'} is {left!r:.60}, and comes back as {back!r:.60}"


def _first(found: Iterable[str]) -> str:
    return next((one for one in found if one), "")


def _fields(value: object) -> dict[str, object] | None:
    """The fields of an object of pydantic's."""
    fields = getattr(type(value), "model_fields", None) or getattr(type(value), "__pydantic_fields__", None)
    if not isinstance(fields, dict):
        return {} if hasattr(type(value), "__pydantic_serializer__") else None
    extra = getattr(value, "__pydantic_extra__", None) or {}
    return {**{name: getattr(value, name, None) for name in fields}, **extra}


def _equal(left: object, back: object) -> bool:
    try:
        if bool(left == back):
            return True
    except Exception:  # such as that of two arrays
        return type(left) is type(back)
    return type(left) is type(back) and type(left).__eq__ is object.__eq__


def _secret(value: object, pydantic: Any) -> str:
    """The class of the first secret in `value`; empty if there is none."""
    if isinstance(value, pydantic.SecretStr | pydantic.SecretBytes | pydantic.Secret):
        return type(value).__name__
    if isinstance(value, Mapping):
        return _first(_secret(item, pydantic) for item in value.values())
    if isinstance(value, list | tuple | set | frozenset):
        return _first(_secret(item, pydantic) for item in value)
    return _first(_secret(item, pydantic) for item in (_fields(value) or {}).values())
