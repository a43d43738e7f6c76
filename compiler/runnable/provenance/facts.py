"""What is said of where something comes from."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import fields
from pathlib import Path

from runnable.execution.surroundings import lock_digest
from runnable.ir.digest import pipeline_digest
from runnable.ir.nodes import Program
from runnable.provenance.repository import CHANGED, CLEAN, Git
from runnable_runtime import __version__
from runnable_runtime.deferred import dataclass
from runnable_runtime.records.records import RunRecord

PREFIX = "runnable.io/"


@dataclass(frozen=True, slots=True)
class Facts:
    """Empty fields are not known.

    `commit` is that of the project's repository. `changes` is ``clean``, a digest of what differs from the commit in
    files that git knows, or ``changed`` where only that is known. `lock` is the digest of the file of locked packages,
    `compiler` the version of this package, `pipeline` the digest of the pipeline (`ir.digest`), `source` its file.
    """

    commit: str = ""
    changes: str = ""
    lock: str = ""
    compiler: str = ""
    pipeline: str = ""
    source: str = ""

    def annotations(self) -> dict[str, str]:
        """As annotations of an object of Kubernetes."""
        found = {field.name: str(getattr(self, field.name)) for field in fields(self)}
        return {f"{PREFIX}{name}": value for name, value in found.items() if value}

    @classmethod
    def of_annotations(cls, annotations: Mapping[str, str]) -> Facts | None:
        """The inverse of `annotations`; None if there are none."""
        found = {name: annotations.get(f"{PREFIX}{name}", "") for name in (field.name for field in fields(cls))}
        return cls(**found) if found["pipeline"] else None

    @classmethod
    def of_record(cls, record: RunRecord) -> Facts:
        """What a run's record says of its last session."""
        origin = record.origin
        if origin is None:
            return cls(source=record.source)
        changes = origin.changes or {None: "", True: CHANGED, False: CLEAN}[origin.dirty]
        return cls(origin.commit, changes, origin.lock, origin.version, origin.pipeline, record.source)


def facts(program: Program, leave_out: Iterable[Path] = ()) -> Facts:
    """What is to be said of what is made of `program` now; changes of the files `leave_out` do not count."""
    root = Path(program.root or ".")
    git = Git(root)
    commit = git.commit()
    changes = git.changes(leave_out) if commit else ""
    source = program.source if not program.source.startswith("/") else ""
    return Facts(commit, changes, lock_digest(root), __version__, pipeline_digest(program), source)
