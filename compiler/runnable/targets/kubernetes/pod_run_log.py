"""The store that pods write the records of their steps to: the configuration's `run-log-store`, if they reach it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from runnable.configuration import Configuration
from runnable.ir.nodes import BODY, Program
from runnable.ir.walk import tasks
from runnable.targets.kubernetes.pod_store import MOUNT, PodStore, check_bucket
from runnable.targets.target import CompileRequest
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import (
    NODE_VARIABLE,
    POD_VARIABLE,
    RUN_LOG_VARIABLE,
    RUN_VARIABLE,
    WORKFLOW_VARIABLE,
    Json,
)
from runnable_runtime.stores.settings import StoreSettings
from runnable_runtime.values.parameters import encode

KEY = "run-log-store"
_OF_A_MACHINE = ("buffered", "file-system")
POD_FIELDS = ((POD_VARIABLE, "metadata.name"), (NODE_VARIABLE, "spec.nodeName"))
"""The environment variables that say where a pod runs, each with the field of the pod that it is."""
_ON_VOLUME = f"{MOUNT}/run-log"


@dataclass(frozen=True, slots=True)
class PodRunLog:
    """The store, and what pods record of their run.

    `settings` have no credentials: these are in the Secret `secret`, if one is named. `places` has those of the tasks,
    by their paths in the program (see `TaskSpec.place`). `workflow` is the text by which a pod knows the workflow or
    Job that it is of, `about` what else it knows of the run (see `RUN_VARIABLE`).
    """

    settings: StoreSettings
    pipeline: str
    source: str
    workflow: str
    secret: str = ""
    places: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    about: Mapping[str, Json] = field(default_factory=dict)

    @property
    def variables(self) -> tuple[tuple[str, str], ...]:
        """The environment variables that say all this."""
        about = {"pipeline": self.pipeline, "source": self.source, **self.about}
        run = encode({name: value for name, value in about.items() if value})
        return ((RUN_LOG_VARIABLE, self.settings.encode()), (RUN_VARIABLE, run), (WORKFLOW_VARIABLE, self.workflow))


def pod_run_log(request: CompileRequest, claim: str | None, store: PodStore | None, workflow: str) -> PodRunLog | None:
    """The store for `request`: a bucket, or a folder on the volume `claim`; None for one that is on a machine.

    `store` is that of the catalog. `workflow`: see `PodRunLog`. Raises ConfigurationError for a store that pods cannot
    reach.
    """
    section, file = request.run_log_store, request.configuration_file
    if section.type in _OF_A_MACHINE and not section.config and not request.finished:
        return None  # the usual case, spared the import of all stores
    from runnable.configuration.s3 import S3Keys
    from runnable.runs.stores.settings import read_store_settings

    keys = read_store_settings(section, file)
    if not isinstance(keys, S3Keys):
        on_volume = claim and section.type == "chunked-fs"
        if request.finished and not (on_volume and keys.log_folder == _ON_VOLUME):
            reason = "pods do not reach this store, and the run would go on without its record"
            raise Configuration(file).invalid(f"{KEY}.type", reason)
        return _recorded(request, StoreSettings(_ON_VOLUME), workflow) if on_volume else None
    check_bucket(keys.store, keys.credentials_secret, file, KEY)
    if keys.credentials_secret and store and store.secret not in ("", keys.credentials_secret):
        reason = f"a pod has the credentials of one Secret, and the catalog has those of {store.secret!r}"
        raise Configuration(file).invalid(f"{KEY}.config.credentials_secret", reason)
    return _recorded(request, replace(keys.store, key="", secret=""), workflow, keys.credentials_secret)


def _recorded(request: CompileRequest, settings: StoreSettings, workflow: str, secret: str = "") -> PodRunLog:
    program = request.program
    about = {"provenance": dict(request.provenance)} if request.provenance else {}
    source = program.source if program.source and not program.source.startswith("/") else ""
    return PodRunLog(settings, program.name, source, workflow, secret, _places(program), about)


def credentials_secret(store: PodStore | None, run_log: PodRunLog | None) -> str:
    """The Secret that has the credentials of both stores, one at most; empty if pods find them themselves."""
    return next((one.secret for one in (store, run_log) if one is not None and one.secret), "")


def _places(program: Program) -> dict[str, tuple[int, ...]]:
    from runnable.runs.resume.positions import Places

    known = Places(program)
    found = {}
    for path, _ in tasks(program.graph):
        placed = known.find(".".join("0" if name == BODY else name for name in path.split(".")))
        if placed is not None:
            found[path] = placed.place
    return found
