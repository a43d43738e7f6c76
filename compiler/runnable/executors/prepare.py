"""Running a pipeline on this machine: in process, mocked, in processes or in containers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict

from runnable.configuration import Catalog, Configuration, read_catalog
from runnable.diagnostics.codes.storage import StoreNeeded
from runnable.diagnostics.diagnostic import Severity
from runnable.diagnostics.errors import DefinitionError
from runnable.executors.container.settings import container_settings
from runnable.executors.settings import local_settings
from runnable.ir.nodes import Program
from runnable.ir.unit import Built
from runnable.ir.walk import tasks
from runnable.passes import accept, diagnose, diagnose_structure
from runnable.passes.analysis.storing import store_needs, without_files

if TYPE_CHECKING:
    from runnable.execution.launcher import Launcher
    from runnable.execution.secrets import Secrets
    from runnable.executors.local.streaming import Stream
    from runnable.executors.settings import LocalSettings
    from runnable.runs.code import Functions
    from runnable.runs.resume.request import Resumption
    from runnable.runs.stores.store import RunLogStore
    from runnable_runtime.records.records import RunRecord


def mocked(built: Built, configuration: Configuration) -> Built:
    """`built` with tasks that do nothing, or what the configuration says. Raises as `execute` does.

    What would be wrong with the tasks that do not run is no matter.
    """
    from runnable.executors import mocked as backend

    structure = diagnose_structure(built)
    if any(found.severity is Severity.ERROR for found in structure):
        raise DefinitionError(structure)

    settings = backend.read_settings(configuration.section(built.executor), configuration.file)
    program, functions = backend.mock(built.program, built.functions, settings, configuration.file)
    after = replace(built, program=program, functions=functions)
    accept(after, backend.explained(diagnose(after), built.program, program))
    return after


def run_locally(
    built: Built,
    configuration: Configuration,
    settings: LocalSettings | None = None,
    *,
    run_id: str = "",
    tag: str = "",
    resumption: Resumption | None = None,
    stream: Stream | None = None,
    wrap: Callable[[Launcher], Launcher] | None = None,
    cache: bool = True,
) -> RunRecord:
    """Run an accepted pipeline on this machine, with the stores of `configuration`; the record of how it ended.

    `wrap` may put something between the scheduler and the launcher; what tasks return is then not their own, and is
    neither taken from earlier runs nor kept for later ones, as without `cache` or with `stream`. Raises what
    `backends.local.backend.run` raises.
    """
    from runnable.executors.local import backend
    from runnable.executors.settings import LocalSettings

    program, given = _given(built, configuration, hide=stream is None)
    return backend.run(
        program,
        settings=settings or LocalSettings(),
        **given,
        run_id=run_id,
        tag=tag,
        resumption=resumption,
        wrap=wrap,
        stream=stream,
        cache=cache and wrap is None and stream is None,
    )


def resolve_secrets(program: Program, configuration: Configuration, *, hide: bool = True) -> Secrets:
    """The secrets that `program` names, from where the configuration says. Raises ConfigurationError.

    Without `hide` their variables stay in this process, which has other things to do beside the run.
    """
    from runnable.execution.secrets import Secrets, open_secrets, resolve

    if not any(task.options.secrets for _, task in tasks(program.graph)):
        return Secrets()
    secrets = resolve(program, open_secrets(configuration.section("secrets"), configuration.file))
    return secrets if hide else replace(secrets, variables=())


def _fitted(program: Program, catalog: Catalog) -> Program:
    """`program` as it runs with `catalog`: without a store no files are moved. Raises DefinitionError for objects."""
    if catalog.store is not None:
        return program
    way_out = "leave `catalog: {type: do-nothing}` out of the configuration, or configure a store in its place"
    needs = [
        StoreNeeded(span=task.span, step=task.name, what=what, target="this configuration", way_out=way_out)
        for task, what in store_needs(program, files=False)
    ]
    if needs:
        raise DefinitionError(needs)
    return without_files(program)


def _run_in_containers(
    built: Built, configuration: Configuration, run_id: str, tag: str, resumption: Resumption | None
) -> RunRecord:
    from runnable.executors.container import backend

    accept(built, list(built.portability))
    settings = container_settings(built, configuration)
    program, given = _given(built, configuration)
    file = configuration.file
    return backend.run(program, settings, **given, file=file, run_id=run_id, tag=tag, resumption=resumption)


def _emulate(
    built: Built, configuration: Configuration, run_id: str, tag: str, resumption: Resumption | None
) -> RunRecord:
    from runnable.executors.emulator import backend

    accept(built, list(built.portability))
    settings = local_settings(built, configuration)
    program, given = _given(built, configuration)
    return backend.run(program, settings, **given, run_id=run_id, tag=tag, resumption=resumption)


class _Given(TypedDict):
    """What every backend of this machine is given beside a program and its settings."""

    store: RunLogStore
    functions: Functions
    catalog: Catalog
    secrets: Secrets


def _given(built: Built, configuration: Configuration, *, hide: bool = True) -> tuple[Program, _Given]:
    """The program as it runs with what `configuration` has, and that. `hide`: see `resolve_secrets`."""
    from runnable.runs.stores.settings import open_store

    store = open_store(configuration.section("run-log-store"), configuration.file)
    catalog = read_catalog(configuration)
    program = _fitted(built.program, catalog)
    secrets = resolve_secrets(program, configuration, hide=hide)
    return program, _Given(store=store, functions=built.functions, catalog=catalog, secrets=secrets)
