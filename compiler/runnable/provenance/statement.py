"""Where something comes from, as an in-toto statement (v1) with a predicate of SLSA provenance (v1), unsigned."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from hashlib import sha256
from typing import Any

from runnable.provenance.facts import Facts
from runnable.provenance.repository import CLEAN
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import RunRecord

STATEMENT = "https://in-toto.io/Statement/v1"
PREDICATE = "https://slsa.dev/provenance/v1"
_BUILD = "urn:runnable-pipelines"
Subject = tuple[str, str]
"""The name of what the statement is about, and its SHA-256."""


def of_manifests(files: Mapping[str, bytes], said: Facts) -> dict[str, Json]:
    """Of manifests, by their names."""
    subjects = [(name, sha256(data).hexdigest()) for name, data in sorted(files.items())]
    return _statement(subjects, said, "compile", {}, {})


def of_run(record: RunRecord, said: Facts) -> dict[str, Json]:
    """Of a run: the files that it has put into the catalog, and its record."""
    text = json.dumps(record.to_json(), sort_keys=True, separators=(",", ":"), ensure_ascii=True, default=str)
    subjects = [*_put(record), (f"record of {record.run_id}", sha256(text.encode()).hexdigest())]
    times = {"startedOn": record.started, "finishedOn": record.ended}
    metadata = {"invocationId": record.run_id, **{name: value for name, value in times.items() if value}}
    given = json.loads(json.dumps(dict(record.parameters), default=str))
    return _statement(subjects, said, "run", {"parameters": given}, metadata)


def _put(record: RunRecord) -> Iterator[Subject]:
    found: dict[str, str] = {}
    for step in record.steps.values():
        for attempt in step.attempts[-1:]:
            found |= {str(one["path"]): str(one["sha256"]) for one in attempt.files if one["stage"] == "put"}
    yield from sorted(found.items())


def _statement(
    subjects: Sequence[Subject], said: Facts, kind: str, given: Mapping[str, Json], metadata: Mapping[str, Json]
) -> dict[str, Any]:
    sources = [{"name": "source", "digest": {"gitCommit": said.commit}}] if said.commit else []
    internal = {"pipeline": said.pipeline, "lock": said.lock, "changes": said.changes if said.changes != CLEAN else ""}
    return {
        "_type": STATEMENT,
        "subject": [{"name": name, "digest": {"sha256": digest}} for name, digest in subjects],
        "predicateType": PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": f"{_BUILD}:{kind}:1",
                "externalParameters": {"source": said.source, **given},
                "internalParameters": {name: value for name, value in internal.items() if value},
                "resolvedDependencies": sources,
            },
            "runDetails": {
                "builder": {"id": f"{_BUILD}:{said.compiler}"},
                "metadata": dict(metadata),
            },
        },
    }
