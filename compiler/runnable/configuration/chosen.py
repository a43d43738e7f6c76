"""The configuration that a project has by itself, so that no command needs to name it.

It is the file that pyproject.toml names, else `runnable.yaml` or `runnable-config.yaml` in the project's folder.

    [tool.runnable]
    configuration = "configs/local.yaml"
"""

from __future__ import annotations

import os
import re
from pathlib import Path

from runnable.diagnostics.codes.configuration import ConfigurationInvalid, FileUnusable
from runnable.diagnostics.errors import ConfigurationError
from runnable.diagnostics.span import Span
from runnable_runtime.deferred import pattern
from runnable_runtime.presence import is_file, is_there

FILE_VARIABLE = "RUNNABLE_CONFIGURATION_FILE"
FILES = ("runnable.yaml", "runnable-config.yaml")
_KEY = "configuration"
_TABLE = pattern(r"^\s*\[\s*tool\s*\.\s*runnable\b", re.MULTILINE)


def own_file(root: Path) -> str:
    """The configuration file of the project `root`, as seen from the working folder; empty if it has none.

    Raises ConfigurationError if the project names none that there is, or has two.
    """
    found = [name for name in FILES if is_there(root / name)]
    if named := _named_in(root / "pyproject.toml"):
        return os.path.relpath(root / named)
    if len(found) > 1:
        reason = f"{found[1]} is there too, and only one of them counts: put both into one"
        raise ConfigurationError([FileUnusable(what="configuration file", file=found[0], reason=reason)])
    return os.path.relpath(root / found[0]) if found else ""


def _named_in(file: Path) -> str:
    """The configuration that a pyproject.toml names. Raises ConfigurationError."""
    try:
        text = file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return ""
    table = _TABLE.search(text)
    if table is None:  # the usual case, spared the parsing
        return ""
    import tomllib

    try:
        settings = tomllib.loads(text)["tool"]["runnable"]
    except (tomllib.TOMLDecodeError, KeyError) as error:
        raise ConfigurationError(
            [FileUnusable(what="configuration file", file=str(file), reason=f"it is not TOML: {error}")]
        ) from None
    span = Span(str(file.absolute()), text.count("\n", 0, table.end()) + 1)
    return _checked(settings, file, span)


def _checked(settings: object, file: Path, span: Span) -> str:
    def invalid(key: str, reason: str, known: tuple[str, ...] = ()) -> ConfigurationError:
        at = f"tool.runnable.{key}" if key else "tool.runnable"
        return ConfigurationError(
            [ConfigurationInvalid(span=span, file=os.path.relpath(file), key=at, reason=reason, known=known)]
        )

    if not isinstance(settings, dict):
        raise invalid("", "a table is needed")
    for key in settings:
        if key != _KEY:
            reason = "there is no such key: sections stand in the file that `configuration` names, or in runnable.yaml"
            raise invalid(key, reason, (_KEY,))
    named = settings.get(_KEY, "")
    if not isinstance(named, str):
        raise invalid(_KEY, "the name of a file is needed")
    if named and not is_file(file.parent / named):
        raise invalid(_KEY, f"there is no file {named!r} in the project")
    return named
