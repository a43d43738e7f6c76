"""One kind of use of something by a cached task: a small project, and what in it is edited.

A kind is the text of ``pipe.py``, whose function `task` is the cached one, with `@@` where the edit is, the texts that
stand there by turns, and other files of the project, in which `@@` may stand instead.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

HEAD = """
from __future__ import annotations
import datetime, decimal, enum, fractions, functools, itertools, json, os, re, types, typing, uuid
import collections, contextlib, dataclasses, operator, pathlib
from collections import namedtuple, OrderedDict, defaultdict, Counter, deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal, NamedTuple, Optional, Union
"""


@dataclass(frozen=True)
class Kind:
    """One way to use something."""

    name: str
    code: str
    values: tuple[str, ...] = ("2", "3", "5", "7")
    files: dict[str, str] = field(default_factory=dict)
    needs: str = ""
    head: str = HEAD

    def write(self, folder: Path, value: str) -> None:
        """Make the project in `folder`, with `value` where the edit is."""
        for name, text in {"pipe.py": self.head + self.code, **self.files}.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text.replace("@@", value))

    @property
    def edits(self) -> list[tuple[str, str]]:
        """Each value with the one after it."""
        return list(zip(self.values, (*self.values[1:], self.values[0]), strict=True))


def constant(name: str, text: str, *values: str, needs: str = "", use: str = "VALUE") -> Kind:
    text = f"\nVALUE = {text}\ndef task():\n    return {use}\n"
    return Kind(name, text, values or ("2", "3", "5", "7"), needs=needs)


def code(name: str, text: str, *values: str, needs: str = "", **files: str) -> Kind:
    given = {
        name.replace("__init__", "@").replace("__", "/").replace("@", "__init__") + ".py": content
        for name, content in files.items()
    }
    return Kind(name, text, values or ("2", "3", "5", "7"), given, needs)
