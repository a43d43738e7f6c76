"""The project: its folder, its configuration, the image of its steps, and the stores that it names."""

from __future__ import annotations

import os
import shutil
import socket
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from runnable.configuration import Configuration, read_catalog
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.errors import ConfigurationError, RunnableError
from runnable.doctor.finding import Finding, Findings, note, ok, problem, warning
from runnable.driver.compile import diagnose_target
from runnable.driver.run import diagnose_configuration
from runnable.ir.nodes import Graph, Nothing, Program, Task
from runnable.ir.unit import CompilationUnit
from runnable.runs.stores.settings import FolderSettings, read_store_settings
from runnable_runtime.failures import TaskFailure
from runnable_runtime.presence import is_folder, is_there
from runnable_runtime.stores.settings import StoreSettings, open_location

if TYPE_CHECKING:
    from runnable.targets.argo.settings import Settings

_LITTLE = 1 << 30
"""Bytes; a disk with less gets a warning."""
_SECONDS = 2.0
"""For a connection to a store."""


def root(configuration: Configuration) -> Findings:
    """The project's folder."""
    folder = configuration.root
    if os.access(folder, os.W_OK):
        yield ok("project", str(folder))
    else:
        advice = "records are kept there: give `run-log-store` and `catalog` other folders, or run it elsewhere"
        yield warning("project", f"{folder} cannot be written to", advice)


def configured(configuration: Configuration) -> Findings:
    """Whether the configuration is what a run, or a compilation, would take."""
    unit = _nothing(configuration)
    found = diagnose_configuration(unit, configuration)
    found += diagnose_configuration(_nothing(configuration, job=True), configuration)
    if configuration.section("pipeline-executor").type == "argo":
        try:
            found += diagnose_target("argo", unit, configuration)
        except ConfigurationError as error:
            found += error.diagnostics
    for message, one in {one.message: one for one in found}.items():
        yield problem("configuration", _placed(message, one), one.help or f"runnable explain {one.code}")
    if not found:
        name = configuration.file or "none: the defaults"
        yield ok("configuration", f"{name}; pipelines run with {configuration.section('pipeline-executor').type!r}")


def _placed(message: str, one: Diagnostic) -> str:
    return f"{one.span.display()}: {message}" if one.span else message


def image(settings: Settings | None) -> Findings:
    """Whether steps have an image that is theirs; `settings` are those of Argo, None where nothing runs there."""
    if settings is None:
        return
    from runnable.targets.kubernetes.checks import image_moves
    from runnable.targets.kubernetes.pod_options import DEFAULT_IMAGE

    name = settings.base.image
    make = "`runnable image build --push` makes one and prints its name: give it as `image`, or with --image"
    if name == DEFAULT_IMAGE:
        yield warning("image", f"the configuration names none: steps would run in {name}, without your project", make)
    elif image_moves("", Task("step", Nothing()), settings.base) is not None:
        yield warning("image", f"{name} has no version: nodes do not pull it again when it changes", make)
    else:
        yield ok("image", f"{name}; whether nodes can pull it shows when a pod starts")


def stores(configuration: Configuration) -> Findings:
    """Whether the catalog and the records can be read and written from here."""
    try:
        catalog = read_catalog(configuration).store
        keys = read_store_settings(configuration.section("run-log-store"), configuration.file)
    except RunnableError:
        return  # `configured` reports it
    if catalog is not None:
        yield _store("catalog", catalog)
    if isinstance(keys, FolderSettings):
        yield _folder("run log", configuration.root / keys.log_folder)
    elif isinstance(getattr(keys, "store", None), StoreSettings):
        yield _store("run log", keys.store)
    else:
        yield note("run log", f"{configuration.section('run-log-store').type}: records end with the process")


def _store(check: str, store: StoreSettings) -> Finding:
    if store.is_folder:
        return _folder(check, Path(store.url))
    where = f"{store.url} at {store.endpoint}" if store.endpoint else store.url
    try:
        if store.endpoint:  # whose library would try for a minute
            parts = urlsplit(store.endpoint)
            address = parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)
            socket.create_connection(address, _SECONDS).close()
        next(iter(open_location(store).folders()), None)
    except (OSError, TaskFailure, ImportError) as error:
        reason = " ".join(str(error).split())[:300]
        advice = "see the bucket's name, `endpoint_url`, and the credentials in AWS_*; docs/data.md"
        return problem(check, f"{where} cannot be read: {reason}", advice)
    return ok(check, f"{where} can be read from here; whether pods reach it shows when one runs")


def _folder(check: str, folder: Path) -> Finding:
    there = next((one for one in (folder, *folder.parents) if is_there(one)), folder)
    if not is_folder(there) or not os.access(there, os.W_OK | os.X_OK):
        return problem(
            check, f"{folder} cannot be written to", f"change who may write to {there}, or name another folder"
        )
    free = shutil.disk_usage(there).free
    if free < _LITTLE:
        return warning(
            check, f"{folder} has {free >> 20} MiB left", "`runnable prune` removes old runs with their files"
        )
    return ok(check, f"{folder} can be written to, {free >> 30} GiB left")


def _nothing(configuration: Configuration, *, job: bool = False) -> CompilationUnit:
    """A pipeline that does nothing, to have its configuration looked at."""
    graph = Graph("doctor", (Task("nothing", Nothing()),))
    return CompilationUnit(Program("doctor", graph, root=str(configuration.root)), job=job)


def argo_settings(configuration: Configuration) -> Settings | None:
    """What the configuration says of workflows; None where it is for something else, or cannot be read."""
    from runnable.targets import request_for
    from runnable.targets.argo.settings import read_settings

    if configuration.section("pipeline-executor").type != "argo":
        return None
    try:
        return read_settings(request_for("argo", _nothing(configuration).program, configuration))
    except RunnableError:
        return None
