"""What commands and notebooks use: files that they name, and what these and their cells import. Read, never run."""

from __future__ import annotations

import json
import re
from pathlib import Path

from runnable_runtime.code.data_files import may_name_file, named_files, words
from runnable_runtime.code.facts import Import
from runnable_runtime.code.file_states import AT_ONCE
from runnable_runtime.code.hashing import UNKNOWN, hashed
from runnable_runtime.code.imports import Imported, named_in
from runnable_runtime.code.sources import Fingerprint, Sources
from runnable_runtime.deferred import pattern

_MODULE = pattern(r"(?:^|\s)-m\s+([A-Za-z_][\w.]*)")
_MAGIC = pattern(r"^(\s*)[%!?].*$|^(\s*)\S.*\?{1,2}\s*$", re.MULTILINE)
_STATEMENT = pattern(r"^\s*%{1,2}\w+\s*")
_CELL_MAGIC = pattern(r"\s*%%(?!time\b|timeit\b|capture\b|prun\b)")
_PYTHON_MAGIC = pattern(r"\A\s*%%[^\n]*\n")


def of_command(name: str, text: str, sources: Sources) -> Fingerprint:
    """The parts of a shell's command: its text, the files that it names, and what those that are Python import."""
    collected = Imported(sources)
    _words(text, collected)
    return _finished(collected, {name: hashed(text)})


def of_notebook(file: Path, name: str, sources: Sources) -> Fingerprint:
    """The parts of a notebook: its code, not what it printed, what it imports, and files that it names.

    Empty if it cannot be read: nor can it be executed.
    """
    try:
        cells = json.loads(file.read_bytes())["cells"]
        texts = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]
    except (OSError, ValueError, KeyError, TypeError):
        return Fingerprint({})
    collected = Imported(sources, beside=(file.parent,))
    for number, text in enumerate(texts, 1):
        if _CELL_MAGIC.match(text):
            _words(text, collected)
            continue
        for magic in _MAGIC.finditer(text):
            _words(magic.group(), collected)
            _lines(_STATEMENT.sub("", magic.group()), collected)
        source = _MAGIC.sub(r"\1\2pass", _PYTHON_MAGIC.sub("", text))
        found = named_in(source)
        collected.named(found, f"{name} cell {number}")
        if not found.imports and "import" in source:  # IPython knows more than Python's own syntax
            _lines(source, collected)
    return _finished(collected, {name: hashed("\0".join(texts))})


def _lines(source: str, collected: Imported) -> None:
    """Imports in source that cannot be parsed as a whole, line by line."""
    for line in source.splitlines():
        for one in named_in(line.strip()).imports:
            collected.add(one)


def _words(text: str, collected: Imported) -> None:
    for module in _MODULE.findall(text):
        collected.add(Import(module))
        collected.add(Import(f"{module}.__main__"))
    for word in words(text):
        collected.names[word] = None
        if word.endswith(".py"):
            _script(word, collected)


def _script(name: str, collected: Imported) -> None:
    """A file of Python that a command runs, with what it imports, also from beside it."""
    for place in named_files([name], collected.sources.project):
        within = Imported(collected.sources, beside=(place.parent,))
        within.file(place, place.stem)
        collected.parts |= within.parts
        collected.names |= within.names
        collected.folders |= within.folders
        collected.unknown |= within.unknown


def _finished(collected: Imported, own: dict[str, str]) -> Fingerprint:
    names, folders = tuple(filter(may_name_file, collected.names)), tuple(collected.folders)
    found = collected.sources.data_parts(names, folders, collected.parts, AT_ONCE)
    unknown = {UNKNOWN + name: why for name, why in collected.unknown.items()}
    return Fingerprint({**own, **collected.parts, **found, **unknown}, names, folders)
