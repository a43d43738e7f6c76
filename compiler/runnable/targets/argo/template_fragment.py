"""Fragments of Argo's Template API, as users write them for what neither an option nor a pod's spec says.

A fragment is kept as JSON on one line, as one of a pod's spec is. Its schema is that of hera's models. They take
unknown fields silently, so these are looked for first.
"""

from __future__ import annotations

import json
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any

from runnable.diagnostics.wording import did_you_mean
from runnable.targets.kubernetes.pod_fragment import json_text
from runnable.targets.kubernetes.pod_schema import Mistake, shown
from runnable_runtime.protocol import Json

_OPTIONS = {
    "timeout": "timeout",
    "activeDeadlineSeconds": "timeout",
    "retryStrategy": "retry",
    "metadata": "labels` and `annotations",
    "nodeSelector": "node_selector",
    "tolerations": "tolerations",
    "priorityClassName": "priority_class",
    "serviceAccountName": "service_account",
    "synchronization": "mutex` and `semaphore",
}
"""What an option of the step says."""
_OF_THE_POD = (
    "affinity",
    "automountServiceAccountToken",
    "hostAliases",
    "initContainers",
    "podSpecPatch",
    "schedulerName",
    "securityContext",
    "sidecars",
    "volumes",
)
"""What a fragment of the pod's spec says."""
_OURS = {
    **dict.fromkeys(("name", "inputs", "outputs"), "it is how data goes from step to step"),
    **dict.fromkeys(("container", "script", "containerSet"), "it is what the step runs"),
    **dict.fromkeys(("dag", "steps", "http", "data", "plugin", "resource", "suspend"), "a template is of one type"),
    "parallelism": "it is of templates that hold others, which `max_parallel` of a Map or Parallel makes",
    "failFast": "it is of templates that hold others, and a workflow with it may never end",
    "daemon": "a daemon goes on when its step has ended, and returns nothing",
}
"""What belongs to us, and why."""


def read_template(value: Any) -> tuple[str, list[Mistake]]:
    """The fragment that `value`, a mapping or an object of hera, is; and what is wrong with it."""
    try:
        text = json_text(value)
    except (TypeError, ValueError) as error:
        return "", [Mistake("", f"is no mapping of plain values: {error}")]
    if not text.startswith("{"):
        return "", [Mistake("", f"is a mapping, or the path of a YAML file, not {shown(value)}")]
    fragment: dict[str, Json] = json.loads(text)
    found = list(_mistakes(fragment))
    return ("" if found or not fragment else text), found


def template_fields(fragment: str) -> dict[str, Json]:
    """The fields of a template that `fragment` gives."""
    found: dict[str, Json] = json.loads(fragment) if fragment else {}
    return found


def _mistakes(fragment: Mapping[str, Json]) -> Iterator[Mistake]:
    from pydantic import ValidationError

    from runnable.targets.argo.hera_models import models

    found = list(_unknown(fragment, models.Template, ""))
    yield from found
    for key in fragment:
        if key in _OPTIONS:
            yield Mistake(key, "is an option of the step", f"give `{_OPTIONS[key]}`")
        elif key in _OF_THE_POD:
            yield Mistake(key, "is a field of the pod's spec too", f'give it there: pod={{"{key}": …}}')
        elif key in _OURS:
            yield Mistake(key, f"belongs to the template that is made for the step: {_OURS[key]}")
    if found:
        return
    try:
        models.Template.model_validate(fragment)
    except ValidationError as error:
        for one in error.errors():
            yield _of_pydantic(one["loc"], str(one["msg"]), str(one["type"]), fragment)


def _unknown(value: Json, annotation: Any, at: str) -> Iterator[Mistake]:
    """The keys in `value`, of the type `annotation`, that are no fields."""
    model, item = _parts(annotation)
    if isinstance(value, list):
        for index, one in enumerate(value):
            yield from _unknown(one, item, f"{at}[{index}]")
    elif isinstance(value, dict) and model is not None:
        known = {field.alias or name: field for name, field in model.model_fields.items()}
        for key, one in value.items():
            inside = f"{at}.{key}" if at else str(key)
            if key not in known:
                yield Mistake(inside, "is no field there", did_you_mean(str(key), known, "fields") or "")
            else:
                yield from _unknown(one, known[key].annotation, inside)


def _parts(annotation: Any) -> tuple[Any, Any]:
    """The model that an annotation is, and the type of the items if it is a list; None for neither."""
    from pydantic import BaseModel

    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return _parts(arguments[0])
    if origin is list:
        return None, arguments[0]
    if origin in (typing.Union, types.UnionType):
        found = [_parts(one) for one in arguments]
        return next((m for m, _ in found if m is not None), None), next((i for _, i in found if i is not None), None)
    is_model = isinstance(annotation, type) and issubclass(annotation, BaseModel)
    return (annotation if is_model else None), None


def _of_pydantic(path: tuple[int | str, ...], message: str, kind: str, fragment: Json) -> Mistake:
    """A mistake as the library reports it, at its place in `fragment`."""
    at, value = "", fragment
    for part in path:
        if isinstance(part, int) and isinstance(value, list) and part < len(value):
            at, value = f"{at}[{part}]", value[part]
        elif isinstance(value, dict) and part in value:
            at, value = f"{at}.{part}" if at else str(part), value[part]
        elif kind == "missing":
            return Mistake(at, f"needs the field {str(part)!r}")
    return Mistake(at, f"is not what the field takes: {message[:1].lower()}{message[1:]}, not {shown(value)}")
