"""Every user-facing message, a class each, in a module for each hundred of codes.

A module is loaded where its messages are needed, for `import runnable` needs few of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module

from runnable.diagnostics.diagnostic import Diagnostic


def all_codes() -> Iterable[type[Diagnostic]]:
    """Every concrete diagnostic, by code."""
    from pkgutil import iter_modules

    modules = [import_module(f"{__name__}.{module.name}") for module in iter_modules(__path__)]
    found = [one for module in modules for one in vars(module).values() if _is_defined(one, module.__name__)]
    return sorted(found, key=lambda one: one.code)


def _is_defined(one: object, module: str) -> bool:
    return isinstance(one, type) and issubclass(one, Diagnostic) and one.__module__ == module
