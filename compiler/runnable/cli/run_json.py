"""`runnable run --json`: how a run ended, with its record, as one document on standard output."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from runnable.diagnostics.errors import (
    ConfigurationError,
    DefinitionError,
    ExitCode,
    InternalError,
    RecordUnusable,
    RunnableError,
)
from runnable.diagnostics.findings import Finding, Outcome
from runnable.diagnostics.terminal import flush, say, write_bytes
from runnable.execution.progress import choose_progress
from runnable.execution.progress.keeping import KeepingProgress, QuietProgress, prefer
from runnable_runtime.records.records import RunRecord
from runnable_runtime.values.reference import shown


def run_json(options: argparse.Namespace, run: Callable[[], ExitCode]) -> ExitCode:
    """Call `run`, whose tasks print on standard error meanwhile, and print the document, however it has ended."""
    error: RunnableError | None = None
    with _output_apart() as output:
        display = KeepingProgress(QuietProgress() if options.quiet else choose_progress())
        try:
            with prefer(display):
                code = run()
        except RunnableError as raised:
            error, code = raised, raised.exit_code
        except Exception as raised:
            error, code = InternalError.of(raised), ExitCode.INTERNAL
        if error is not None:
            say(error, file=sys.stderr)
        text = json.dumps(document(options.pipeline, int(code), display.record, error), indent=1)
        write_bytes(f"{text}\n".encode(), output)
    return code


def document(pipeline: str, code: int, record: RunRecord | None, error: RunnableError | None) -> dict[str, Any]:
    """What is printed; docs/command-line.md describes it. `record` is None where nothing has run here."""
    findings: tuple[Finding, ...] = ()
    if isinstance(error, DefinitionError | ConfigurationError | RecordUnusable):
        findings = Outcome.of_error(error, pipeline).findings
    status = str(record.status) if record else "refused" if error else "handed over"
    return {
        "status": status,
        "exit_code": code,
        "run_id": record.run_id if record else None,
        "error": str(error) if error else None,
        "findings": [one.to_json() for one in findings],
        "outputs": {name: shown(value) for name, value in record.outputs.items()} if record else {},
        "record": record.to_json() if record else None,
        "folder": record.folder or None if record else None,
    }


@contextmanager
def _output_apart() -> Iterator[BinaryIO]:
    """Standard output for the document alone; whatever else is printed there goes to standard error."""
    flush()
    kept = os.dup(1)
    os.dup2(2, 1)
    try:
        with open(kept, "wb", buffering=0, closefd=False) as output:
            yield output
    finally:
        flush()
        os.dup2(kept, 1)
        os.close(kept)
