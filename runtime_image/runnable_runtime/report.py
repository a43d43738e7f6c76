"""The report of how a task ended, as text: from the task's own process to the one that started it and records it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field

from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.values.parameters import decode_lines, encode_lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """The end of a task that ended by itself.

    `inputs` names the parameters that it took, None standing for all that it was given. `files` are those of the
    catalog. `depends` has what it has read, if it was watched. `message` and `trace` are those of a `TaskFailure`,
    empty where it succeeded.
    """

    succeeded: bool
    inputs: tuple[str, ...] | None = None
    outputs: Mapping[str, Json] = field(default_factory=dict)
    metrics: tuple[str, ...] = ()
    files: tuple[Mapping[str, Json], ...] = ()
    depends: Mapping[str, str] = field(default_factory=dict)
    message: str = ""
    trace: str = ""

    def encode(self) -> str:
        """One line of JSON."""
        document = {name: getattr(self, name) for name in self.__dataclass_fields__}
        if not self.depends:  # which a run of an earlier version does not know, that has such an image
            del document["depends"]
        return json.dumps({**document, "outputs": encode_lines(self.outputs)}, separators=(",", ":"))

    @classmethod
    def decode(cls, text: str) -> Report:
        """The inverse of `encode`."""
        document = json.loads(text)
        inputs = document.pop("inputs")
        document |= {"metrics": tuple(document["metrics"]), "files": tuple(document["files"])}
        document["outputs"] = decode_lines(document["outputs"])
        return cls(inputs=None if inputs is None else tuple(inputs), **document)
