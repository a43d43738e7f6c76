"""What a run on this machine needs of a configuration: the record's store, the catalog, the secrets."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, TypedDict

from runnable.configuration import CatalogSettings, Configuration, read_catalog
from runnable.diagnostics.codes.storage import StoreNeeded
from runnable.diagnostics.errors import DefinitionError
from runnable.executors.stand_ins import with_stand_ins
from runnable.ir.nodes import Program
from runnable.ir.unit import CompilationUnit
from runnable.ir.walk import has_secrets
from runnable.passes.analysis.storing import store_needs, without_files

if TYPE_CHECKING:
    from runnable.execution.secrets import Secrets
    from runnable.runs.code import Functions
    from runnable.runs.stores.store import RunLogStore


class Prepared(TypedDict):
    """What every executor on this machine needs beside a program and its settings."""

    store: RunLogStore
    functions: Functions
    catalog: CatalogSettings
    secrets: Secrets
    configuration: str
    approvals: str


def prepared(
    unit: CompilationUnit, configuration: Configuration, *, hide: bool = True, in_memory: bool = False
) -> tuple[Program, Prepared]:
    """The program as it runs with `configuration`, and what it runs with. `hide`: see `resolve_secrets`.

    With `in_memory` objects are kept by this process, and need no store.

    Raises ConfigurationError, and DefinitionError for a program that needs a store where there is none, or has a step
    of which it is not known what it returns here.
    """
    from runnable.runs.stores.project import remember
    from runnable.runs.stores.settings import open_store

    store = open_store(configuration)
    remember(configuration)
    catalog = replace(read_catalog(configuration), in_memory=in_memory)
    program = _fitted(with_stand_ins(unit.program, configuration), catalog)
    secrets = resolve_secrets(program, configuration, hide=hide)
    return program, Prepared(
        store=store,
        functions=unit.functions,
        catalog=catalog,
        secrets=secrets,
        configuration=configuration.named,
        approvals=configuration.approvals,
    )


def resolve_secrets(program: Program, configuration: Configuration, *, hide: bool = True) -> Secrets:
    """The secrets that `program` names, from where the configuration says. Raises ConfigurationError.

    Without `hide` their variables stay in this process, which has other things to do beside the run.
    """
    from runnable.execution.secrets import Secrets, open_secrets, resolve

    if not has_secrets(program.graph):
        return Secrets()
    secrets = resolve(program, open_secrets(configuration))
    return secrets if hide else replace(secrets, variables=())


def _fitted(program: Program, catalog: CatalogSettings) -> Program:
    """`program` as it runs with `catalog`: without a store no files are moved. Raises DefinitionError for objects."""
    if catalog.store is not None:
        return program
    way_out = "leave `catalog: {type: do-nothing}` out of the configuration, or configure a store in its place"
    needs = [
        StoreNeeded(span=task.span, step=task.name, what=what, target="this configuration", way_out=way_out)
        for task, what in store_needs(program, files=False)
        if not catalog.in_memory
    ]
    if needs:
        raise DefinitionError(needs)
    return without_files(program)
