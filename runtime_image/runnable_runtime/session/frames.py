"""What goes over a session's two streams.

The launcher sends one JSON object a line:

* ``{"run": 1, "spec": "…", "inputs": "…", "env": {…}}`` starts task 1; `spec` and `inputs` are the texts that a pod
  gets as arguments, `env` what it gets as environment variables;
* ``{"stop": 1, "grace": 5.0}`` asks task 1 to end, and kills it after so many seconds;
* ``{"close": true}`` says that no more tasks come: the session ends with the last one under way.

The end of the stream without that means that the launcher is gone: tasks are stopped, and nothing outlives it.

The session sends frames: a JSON object on a line, and after it as many bytes as its `bytes` says.

* ``{"session": N, "version": "…"}``: it is ready, and has that task protocol;
* ``{"task": 1, "is": "stdout", "bytes": 12}``, or "stderr": what the task printed;
* ``{"task": 1, "is": "notebook", "bytes": …}``: the notebook that the task has executed;
* ``{"task": 1, "is": "end", "code": 0, "report": "…"}``: how it ended, after all else. `code` is the process's exit
  code, or minus the signal's number; `report` is a `Report`'s text, empty where the process died without one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import field

from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json

_LONGEST_HEADER = 1 << 30
"""The longest header, in bytes: a report with all outputs is in one. What is longer is not a header."""


class FrameError(ValueError):
    """The bytes are not those of a session."""


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame: its header, and the bytes that follow it."""

    header: dict[str, Json]
    payload: bytes = b""


def encode_line(document: dict[str, Json]) -> bytes:
    """A request, or a frame's header."""
    return json.dumps(document, separators=(",", ":")).encode() + b"\n"


def encode_frame(header: dict[str, Json], payload: bytes = b"") -> bytes:
    """A frame as it goes over the stream."""
    return encode_line({**header, "bytes": len(payload)} if payload else header) + payload


@dataclass(slots=True)
class FrameReader:
    """Frames from chunks of a stream, however it was cut."""

    _pending: bytearray = field(default_factory=bytearray)
    _header: dict[str, Json] | None = None

    def feed(self, data: bytes) -> Iterator[Frame]:
        """The frames that `data` completes. Raises FrameError for what is none."""
        self._pending += data
        while True:
            if self._header is None:
                end = self._pending.find(b"\n")
                if end < 0:
                    if len(self._pending) > _LONGEST_HEADER or bytes(self._pending[:1]) not in (b"", b"{"):
                        raise FrameError(_shown(self._pending))
                    return
                self._header = _decode(self._pending[:end])
                del self._pending[: end + 1]
            size = self._header.get("bytes", 0)
            if len(self._pending) < size:
                return
            frame = Frame(self._header, bytes(self._pending[:size]))
            del self._pending[:size]
            self._header = None
            yield frame


def _decode(line: bytearray) -> dict[str, Json]:
    try:
        header = json.loads(line)
    except ValueError:
        raise FrameError(_shown(line)) from None
    if not isinstance(header, dict):
        raise FrameError(_shown(line))
    return header


def _shown(data: bytearray) -> str:
    return bytes(data[:200]).decode("utf-8", "replace").strip()
