"""Where a run comes from, and where its attempts ran: who, with which command, on which machine, of which code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields
from typing import Any

from runnable_runtime.deferred import dataclass
from runnable_runtime.records import shape


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """How one session of a run came about; empty fields are not known.

    `user` is the name of whoever started it, on the machine `host`; `command` how, without values that were given for
    parameters; `version` is this package's. `commit` is that of the project's git repository, and `dirty` whether
    files in it were not as committed, or not known to git; None if that is not known. `surroundings` is the digest,
    among the record's `code`, of what was around the run: Python, installed packages, some variables, configuration.
    `pipeline` and `lock` are digests of the pipeline, and of the file that locks the project's packages; `changes` is
    one of the files that were not as committed, where a manifest has said so (``clean``: they all were).
    """

    user: str = ""
    host: str = ""
    command: str = ""
    version: str = ""
    commit: str = ""
    dirty: bool | None = None
    surroundings: str = ""
    pipeline: str = ""
    lock: str = ""
    changes: str = ""

    def to_json(self) -> dict[str, Any]:
        """As a JSON object, empty fields left out."""
        return shape.filled({field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Origin:
        """The inverse of `to_json`; keys that are not known are left aside. Raises RecordError."""
        shape.check(document, shape.ORIGIN, "the record of a session's origin")
        return cls(**{field.name: document[field.name] for field in fields(cls) if field.name in document})


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """What an attempt ran on, where that is not simply the machine of the run; empty fields are not known.

    `pod` is ``namespace/name``, and `node` what it ran on. `image` is the container image by the name that was asked
    for, and `digest` identifies its content.
    """

    host: str = ""
    pod: str = ""
    node: str = ""
    image: str = ""
    digest: str = ""

    def to_json(self) -> dict[str, Any]:
        """As a JSON object, empty fields left out."""
        return shape.filled({field.name: getattr(self, field.name) for field in fields(self)})

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Machine:
        """The inverse of `to_json`; keys that are not known are left aside. Raises RecordError."""
        shape.check(document, shape.MACHINE, "the record of a machine")
        return cls(**{field.name: document[field.name] for field in fields(cls) if field.name in document})
