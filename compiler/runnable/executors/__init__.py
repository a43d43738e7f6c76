"""Where a pipeline runs: the executors by name."""

from __future__ import annotations

from typing import TYPE_CHECKING

from runnable.configuration import Configuration
from runnable.executors.prepare import _emulate, _run_in_containers, run_locally
from runnable.executors.settings import local_settings
from runnable.ir.unit import Built

if TYPE_CHECKING:
    from runnable.executors.local.streaming import Stream
    from runnable.runs.resume.request import Resumption
    from runnable_runtime.records.records import RunRecord


def run_here(
    built: Built,
    configuration: Configuration,
    *,
    run_id: str,
    tag: str,
    resumption: Resumption | None,
    stream: Stream | None,
) -> RunRecord | None:
    """Run an accepted pipeline as the configuration's executor has it; None if that is none of this machine's."""
    match configuration.section(built.executor).type:
        case "local":
            settings = local_settings(built, configuration)
            return run_locally(
                built, configuration, settings, run_id=run_id, tag=tag, resumption=resumption, stream=stream
            )
        case "mocked":
            return run_locally(
                built, configuration, run_id=run_id, tag=tag, resumption=resumption, stream=stream, cache=False
            )
        case "emulator":
            return _emulate(built, configuration, run_id, tag, resumption)
        case "local-container":
            return _run_in_containers(built, configuration, run_id, tag, resumption)
        case _:
            return None
