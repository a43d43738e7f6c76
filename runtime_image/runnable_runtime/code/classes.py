"""What of a class says something about it: its attributes, but those that are made of others."""

from __future__ import annotations

from types import FunctionType

_GENERATED = ("__dataclass_fields__", "__attrs_attrs__", "_fields")
"""A class that has one of these has methods that were made of its fields."""
_KEPT = ("__pydantic_fields__", "__pydantic_generic_metadata__", "__pydantic_computed_fields__")
_MADE = {
    *(
        "__dict__",
        "__weakref__",
        "__module__",
        "__qualname__",
        "__signature__",
        "__annotations__",
        "__abstractmethods__",
    ),
    *("__annotate__", "__annotate_func__", "__annotations_cache__", "__firstlineno__", "__static_attributes__"),
    *("__parameters__", "_abc_impl", "__subclasshook__", "__orig_bases__", "__class_getitem__"),
    *("_member_names_", "_member_map_", "_value2member_map_", "_unhashable_values_", "_hashable_values_"),
}
"""Attributes of classes that follow from the others, or differ from process to process."""


def counts(cls: type, name: str, value: object) -> bool:
    """Whether an attribute of a class says something about it that the others do not."""
    if name in _MADE or (name.startswith("__pydantic_") and name not in (*_KEPT, "__pydantic_decorators__")):
        return False
    if not name.startswith("__") or not any(hasattr(cls, mark) for mark in _GENERATED):
        return True
    if name == "__doc__":  # a dataclass's own one has its defaults in it, a set's items in any order
        return not str(value).startswith(f"{cls.__name__}(")
    return not (isinstance(value, FunctionType) and _is_generated(value))


def _is_generated(function: FunctionType) -> bool:
    home = str(function.__globals__.get("__name__")).partition(".")[0]
    return function.__code__.co_filename.startswith("<") or home in ("dataclasses", "attr")


def annotated(cls: type) -> dict[str, object]:
    """A class's annotations, which Python computes when they are asked for, since 3.14."""
    try:
        return dict(getattr(cls, "__annotations__", {})) if "__annotate_func__" in vars(cls) else {}
    except Exception:  # a name that only a type checker knows
        return {}


def decorators(found: object) -> object:
    """What pydantic keeps of a model's validators and serializers, without the model's address."""
    named = getattr(found, "__dataclass_fields__", ())
    groups = ((name, group) for name in named if isinstance(group := getattr(found, name), dict))
    return {name: [(key, one.info, one.func) for key, one in group.items()] for name, group in groups}
