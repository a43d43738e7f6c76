"""The sessions of a run, and the statuses that these, runs, steps and attempts have."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.records import shape
from runnable_runtime.records.origin import Origin
from runnable_runtime.records.shape import filled


class Status(StrEnum):
    """The status of a run, a step or an attempt. `CREATED` has not started; the last four are final."""

    CREATED = "created"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One of several processes, one after another, that worked at a run: since when, until when, and how it ended.

    `ended` is the last time that is recorded of one that was killed; `origin` says how it came about, if that is known.
    """

    started: str
    ended: str
    status: Status
    message: str = ""
    origin: Origin | None = None

    def to_json(self) -> dict[str, Json]:
        """The session as a JSON object, empty fields left out."""
        return filled(
            {
                "started": self.started,
                "ended": self.ended,
                "status": str(self.status),
                "message": self.message,
                "origin": self.origin and self.origin.to_json(),
            }
        )

    @classmethod
    def from_json(cls, document: Mapping[str, Json]) -> Session:
        """The inverse of `to_json`."""
        shape.check(document, shape.SESSION, "the record of a session")
        return cls(
            started=document["started"],
            ended=document["ended"],
            status=Status(document["status"]),
            message=document.get("message", ""),
            origin=Origin.from_json(document["origin"]) if "origin" in document else None,
        )
