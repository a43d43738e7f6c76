"""The standard streams: text of another's making may have colours, and steers no terminal; documents are UTF-8."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import BinaryIO, TextIO

from runnable_runtime.deferred import pattern

_COLOUR = pattern(r"(\x1b\[[0-9;]*m)")
_STEERING = pattern(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters but tab and end of line, what changes the direction of writing, and halves of characters."""


def harmless(text: str) -> str:
    """`text` with what could steer a terminal written out: move its cursor, clear it, fill its clipboard."""
    if text.isascii() and text.isprintable():  # nearly always
        return text
    pieces = _COLOUR.split(text)
    return "".join(piece if at % 2 else _STEERING.sub(_written_out, piece) for at, piece in enumerate(pieces))


class Unwritable(OSError):
    """A standard stream takes no more: what it is redirected to is full, say. The text says why."""


def say(*texts: object, end: str = "\n", file: TextIO | None = None, flush: bool = False) -> None:
    """As `print`, for all that this package says: names, messages and values in it are often of another's making.

    What the stream's encoding lacks is written out. Raises Unwritable, or BrokenPipeError where nobody reads it, but of
    standard error, on which is only what is said beside.
    """
    stream = sys.stdout if file is None else file
    text = " ".join(harmless(str(text)) for text in texts) + end
    with suppress(OSError) if stream is sys.stderr else _writing():
        try:
            stream.write(text)
        except UnicodeEncodeError:
            encoding = stream.encoding or "ascii"
            stream.write(text.encode(encoding, "backslashreplace").decode(encoding))
        if flush:
            stream.flush()


def write_document(text: str) -> None:
    """Print what other programs read, such as a manifest, as it is, in UTF-8. Raises what `say` raises."""
    buffer: BinaryIO | None = getattr(sys.stdout, "buffer", None)
    if buffer is None:  # a stream that is not this process's
        with _writing():
            sys.stdout.write(text)
    else:
        write_bytes(text.encode())


def write_bytes(data: bytes, output: BinaryIO | None = None) -> None:
    """Print what is no text of ours, as it is, on `output` instead of standard output. Raises what `say` raises."""
    with _writing():
        if output is None:
            sys.stdout.flush()
            sys.stdout.buffer.write(data)
            return
        while data:  # it has no buffer
            data = data[output.write(data) :]


def flush() -> None:
    """Have what was printed written. Raises what `say` raises."""
    with _writing():
        sys.stdout.flush()


@contextmanager
def _writing() -> Iterator[None]:
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        raise Unwritable(error.strerror or str(error)) from None


def plain(text: str) -> str:
    """`text` without colours, and with what could steer a terminal, or change the direction of writing, written out."""
    return _STEERING.sub(_written_out, _COLOUR.sub("", text))


def _written_out(found: re.Match[str]) -> str:
    return found.group().encode("unicode_escape", "surrogatepass").decode("ascii")
