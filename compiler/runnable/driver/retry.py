"""Which earlier run is resumed, if any."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from runnable.configuration import Configuration
from runnable.ir.unit import CompilationUnit
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import ATTEMPT_VARIABLE, Json

if TYPE_CHECKING:
    from runnable.runs.resume.request import Resumption


RETRY_RUN_ID = "RUNNABLE_RETRY_RUN_ID"


@dataclass(frozen=True, slots=True)
class Retry:
    """A run to resume: its id, the beginning of one, or `latest`. `rerun_changed`: see `Resumption`."""

    run: str
    rerun_changed: bool = False


def retry_of_environment() -> Retry | None:
    """The run that RUNNABLE_RETRY_RUN_ID names; inside of a task it is not meant for another pipeline."""
    run = os.environ.get(RETRY_RUN_ID, "")
    return Retry(run) if run and not os.environ.get(ATTEMPT_VARIABLE) else None


def resumed(unit: CompilationUnit, resumption: Resumption | None) -> CompilationUnit:
    """`unit` with the parameters of the run that is resumed; those that it did not have keep their defaults."""
    if resumption is None:
        return unit
    program = replace(unit.program, parameters={**unit.program.parameters, **resumption.parameters})
    return replace(unit, program=program)


def resumption_of(retry: Retry | None, configuration: Configuration, given: Mapping[str, Json]) -> Resumption | None:
    """The run that `retry` names, found in the store, to be resumed; None without `retry`. Raises RecordUnusable."""
    if retry is None:
        return None
    from runnable.runs.resume.request import request
    from runnable.runs.stores.settings import open_store

    store = open_store(configuration)
    return request(store, retry.run, given, rerun_changed=retry.rerun_changed)
