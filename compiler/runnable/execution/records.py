"""The records of runs. Pods write them too, so that they are defined in the runtime package; see there."""

from runnable_runtime.recording.records import (
    COMPOSITES,
    KILLED,
    SCHEMA_VERSION,
    AttemptRecord,
    Kind,
    RecordError,
    RunRecord,
    Session,
    Status,
    StepRecord,
    in_order,
)
from runnable_runtime.recording.times import now, seconds_between

__all__ = [
    "COMPOSITES",
    "KILLED",
    "SCHEMA_VERSION",
    "AttemptRecord",
    "Kind",
    "RecordError",
    "RunRecord",
    "Session",
    "Status",
    "StepRecord",
    "in_order",
    "now",
    "seconds_between",
]
