"""Pickling so that another process can load it: by pickle, and by cloudpickle, if it is there, what pickle cannot."""

from __future__ import annotations

import importlib
import pickle
import sys
from functools import cache
from pathlib import PurePath
from types import FunctionType
from typing import Any, Protocol

from runnable_runtime.stores.location import StoreError

_PROTOCOL = 5
"""What every Python that this package runs with can load."""


_BY_VALUE = "define it in a module, or install the package cloudpickle wherever it is pickled and loaded"


class PicklingFailed(Exception):
    """The object cannot be pickled; the text says why, and what to do."""


class Sink(Protocol):
    """What a pickle is written to. Large buffers are passed on as they are, without a copy."""

    def write(self, data: Any, /) -> int:
        """Write `data`; the number of its bytes."""
        ...


def dump(value: object, sink: Sink, main: str | None = "") -> None:
    """Write the pickle of `value` to `sink`.

    `main` is the module that is this process's ``__main__``, empty if that is not known: what is defined in it is found
    under that name, in whatever process loads it. None says that no other process can have it: it is a notebook's.

    Raises PicklingFailed.
    """
    pickler = _pickler()(sink, protocol=_PROTOCOL)
    pickler.main = main
    try:
        pickler.dump(value)
    except StoreError:
        raise
    except Exception as error:  # a class's own methods may raise anything
        advice = f"; {_BY_VALUE}" if "local object" in str(error) or "lambda" in str(error) else ""
        raise PicklingFailed(f"{type(error).__name__}: {error}{advice}") from error


@cache
def _pickler() -> type[Any]:
    try:
        from cloudpickle import Pickler as Base
    except ModuleNotFoundError:
        Base = pickle.Pickler

    class Pickler(Base):  # type: ignore[misc]  # either has the same methods
        main: str | None = ""

        def reducer_override(self, value: Any) -> Any:
            """Functions and classes: those of the main module by its name, others that can be imported by theirs."""
            if not isinstance(value, type | FunctionType):
                return NotImplemented
            in_main = value.__module__ == "__main__"
            if _is_at_top(value, value.__module__) and not (in_main and self.main is None):
                return (find, (self.main, value.__qualname__)) if in_main and self.main else NotImplemented
            if Base is not pickle.Pickler:
                return super().reducer_override(value)
            if in_main and self.main is None:
                raise pickle.PicklingError(f"{value.__qualname__} is defined in the notebook: {_BY_VALUE}")
            return NotImplemented

    return Pickler


def _is_at_top(value: Any, module: str) -> bool:
    """Whether `value` is what its module has under its name."""
    found: Any = sys.modules.get(module)
    for part in value.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is value


def find(module: str, name: str) -> object:
    """The function or class called `name` in `module`, which may be this process's main module."""
    file = getattr(sys.modules["__main__"], "__file__", None)
    path = PurePath(*module.split(".")).with_suffix(".py")
    is_main = file is not None and PurePath(file).parts[-len(path.parts) :] == path.parts
    found: Any = sys.modules["__main__"] if is_main else importlib.import_module(module)
    for part in name.split("."):
        found = getattr(found, part)
    return found
