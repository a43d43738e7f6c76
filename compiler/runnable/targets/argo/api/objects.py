"""Objects of an API as mappings, which are written as they are, with their fields as attributes.

A class lists the fields that we write, with their types:

    class SecretKeySelector(ApiObject):
        key: str
        optional: bool | None = None

    SecretKeySelector(key="token")  ==  {"key": "token"}

Hera has all of Argo's models, and loading them takes three times as long as all else that a compilation does. The tests
compare each class with the model of its name there.
"""

from __future__ import annotations

from typing import Any, ClassVar, Self, dataclass_transform

_SPELLINGS = {"pod_gc": "podGC"}
"""Fields whose names in the API are not theirs in camelCase."""


class _Field:
    """Reads one field of an object; None if it has none."""

    __slots__ = ("_key",)

    def __init__(self, key: str) -> None:
        self._key = key

    def __get__(self, instance: ApiObject, owner: type[ApiObject]) -> Any:
        return instance.get(self._key)


@dataclass_transform(kw_only_default=True)
class ApiObject(dict[str, Any]):
    """One object: its keys are those of the API, and fields that are None are left out."""

    keys_of_fields: ClassVar[dict[str, str]] = {}

    def __init_subclass__(cls) -> None:
        own = {name: _key(name) for name in cls.__annotations__}
        cls.keys_of_fields = {**cls.keys_of_fields, **own}
        for name, key in own.items():
            setattr(cls, name, _Field(key))

    def __init__(self, **fields: Any) -> None:
        keys = self.keys_of_fields
        super().__init__({keys[name]: value for name, value in fields.items() if value is not None})

    def replaced(self, **fields: Any) -> Self:
        """The same with other values of some fields; without those that are None now."""
        found = self.copy_with({self.keys_of_fields[name]: value for name, value in fields.items()})
        for name in [name for name, value in found.items() if value is None]:
            del found[name]
        return found

    def copy_with(self, more: dict[str, Any]) -> Self:
        """The same with more keys, as the API spells them."""
        found = type(self)()
        found.update(self)
        found.update(more)
        return found


def _key(name: str) -> str:
    first, *rest = name.split("_")
    return _SPELLINGS.get(name) or first + "".join(part.capitalize() for part in rest)
