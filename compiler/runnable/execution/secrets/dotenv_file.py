"""Reading a dotenv file: a line that is no statement is an error, where the library only logs a warning."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

from runnable.diagnostics.codes.configuration import FileUnusable
from runnable.diagnostics.errors import ConfigurationError


def read_dotenv(file: str) -> dict[str, str]:
    """The values in the dotenv file `file`, ``${name}`` in them replaced. Raises ConfigurationError."""
    import dotenv
    from dotenv.parser import parse_stream

    try:
        text = Path(file).read_text(encoding="utf-8")
    except OSError as error:
        raise _unusable(file, error.strerror or str(error)) from None
    except UnicodeDecodeError as error:
        raise _unusable(file, f"it is not UTF-8 text (byte {error.start})") from None
    for binding in parse_stream(StringIO(text)):
        if binding.error:
            # the line itself is not shown: it may hold a secret
            raise _unusable(file, f"line {binding.original.line} is no `NAME=value`")
    found = dotenv.dotenv_values(stream=StringIO(text))
    return {name: value for name, value in found.items() if value is not None}


def _unusable(file: str, reason: str) -> ConfigurationError:
    return ConfigurationError([FileUnusable(what="dotenv file", file=file, reason=reason)])
