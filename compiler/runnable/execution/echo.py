"""Showing what a worker prints: as it is if it is the only one, else in whole lines that begin with the step's path."""

from __future__ import annotations

import codecs

from runnable.execution.capture import StreamName
from runnable.execution.progress.events import Progress
from runnable_runtime.redaction import Redactor

_LONGEST_LINE = 64 * 1024


class Echo:
    """One stream of one worker, on its way to the display, without the secrets that `redactor` knows."""

    def __init__(self, progress: Progress, stream: StreamName, prefix: str, redactor: Redactor | None = None) -> None:
        self._redactor = redactor.bytes_stream() if redactor else None
        self._progress = progress
        self._stream: StreamName = stream
        self._prefix = prefix
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
        self._rest = ""

    def write(self, data: bytes, *, last: bool = False) -> None:
        """Show `data`; with a prefix, a line is kept back until it is whole, or the stream has ended."""
        if self._redactor is not None:
            data = self._redactor.feed(data) + (self._redactor.finish() if last else b"")
        text = self._decoder.decode(data, final=last)
        if self._prefix:
            text = self._prefixed(text, last)
        if text:
            self._progress.output(self._stream, text)

    def _prefixed(self, text: str, last: bool) -> str:
        text = self._rest + text
        end = len(text) if len(text) > _LONGEST_LINE else text.rfind("\n") + 1
        whole, self._rest = text[:end], text[end:]
        if last and self._rest:
            whole, self._rest = f"{whole}{self._rest}\n", ""
        return "".join(f"{self._prefix}{line}\n" for line in _lines(whole))


def _lines(whole: str) -> list[str]:
    """The lines of a text, without their ends; other than `splitlines`, only a newline ends one."""
    return whole.removesuffix("\n").split("\n") if whole else []
