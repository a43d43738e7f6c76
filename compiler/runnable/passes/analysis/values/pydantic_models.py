"""What pydantic is certain to refuse. Where validating would call no code of the user's, it is tried.

Needs: a `Value` and an annotation that pydantic makes. Leaves: yes or no.

pydantic is not imported here: where an annotation is a model of it, it has been.
"""

from __future__ import annotations

import sys
from typing import Any

from runnable.passes.analysis.values.value import Exactly, Object, Scalar, Value
from runnable_runtime.protocol import Json
from runnable_runtime.values.conversion import Mismatch, convert

_CALLS = ("function", "custom", "is-", "call")
"""How the types of those core schemas begin that call something."""


def is_refused(value: Value, annotation: object, name: str) -> bool:
    """Whether no value of `value`, the argument `name`, becomes `annotation`, which is for pydantic to make."""
    pydantic: Any = sys.modules["pydantic"]
    model: Any = annotation if isinstance(annotation, type) and issubclass(annotation, pydantic.BaseModel) else None
    if model is not None and (value is Scalar.NULL or (isinstance(value, Exactly) and value.value is None)):
        return True
    if isinstance(value, Exactly):
        return _calls_nothing(annotation) and _is_invalid(value.value, annotation, name)
    if model is None or isinstance(value, Object) or issubclass(model, pydantic.RootModel):
        return False
    # Anything else is taken as the one field `name`, so no other may be needed.
    decorators = model.__pydantic_decorators__
    if decorators.model_validators or decorators.root_validators:
        return False
    return any(field.is_required() and not _is_called(name, key, field) for key, field in model.model_fields.items())


def _is_called(name: str, key: str, field: Any) -> bool:
    """Whether `name` may be a name of the field `key`."""
    names = (key, field.alias, field.validation_alias)
    return name in names or any(not isinstance(alias, str | None) for alias in names)


def _is_invalid(value: Json, annotation: object, name: str) -> bool:
    try:
        convert(value, annotation, name)
    except Mismatch:
        return True
    except Exception:  # a default_factory of the user's
        return False
    return False


def _calls_nothing(annotation: object) -> bool:
    """Whether validating calls nothing of the user's, as far as the schema shows."""
    pydantic: Any = sys.modules["pydantic"]
    try:
        pending: list[Any] = [pydantic.TypeAdapter(annotation).core_schema]
    except Exception:  # a name that is not defined yet, a type that pydantic does not know
        return False
    while pending:
        one = pending.pop()
        if isinstance(one, dict):
            if str(one.get("type", "")).startswith(_CALLS) or one.get("custom_init") or one.get("post_init"):
                return False
            pending += [item for key, item in one.items() if key not in ("metadata", "serialization")]
        elif isinstance(one, list | tuple):
            pending += one
    return True
