"""What a compilation target is: a name and a function from a program to text."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Protocol

from runnable.configuration.catalog import NO_CATALOG, CatalogSettings
from runnable.configuration.sections import Section
from runnable.diagnostics.codes.targets import CacheIgnored
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.ir.nodes import Program
from runnable.ir.walk import tasks
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json

if TYPE_CHECKING:
    from runnable.runs.resume.finished import Finished


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileRequest:
    """A program that has passed all checks, and what the command line says of the output.

    `configuration` is the `config` mapping of the executor for this target, as read; the target validates it,
    naming `configuration_file` in what it reports. The other fields, where given, are stronger than it, but for
    `catalog` and `run_log_store`, which are sections of their own. `functions` are those that the program calls, by
    ``module:name``. `finished` is what of an earlier run does not run again. `report` takes warnings. `provenance` is
    what pods record of where the manifest comes from.
    """

    program: Program
    functions: Mapping[str, Callable[..., object]] = field(default_factory=dict)
    image: str | None = None
    name: str | None = None
    namespace: str | None = None
    kind: str | None = None
    configuration: Mapping[str, Json] = field(default_factory=dict)
    configuration_file: str = ""
    report: Callable[[Diagnostic], None] = lambda _: None
    catalog: CatalogSettings = NO_CATALOG
    finished: Finished | None = None
    run_log_store: Section = field(default_factory=lambda: Section("buffered"))
    provenance: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Document:
    """One file of a target's output: its name in an output folder, and its whole text."""

    file_name: str
    text: str


def ignored_options(program: Program, target: str) -> Iterator[Diagnostic]:
    """A warning for each step that asks for what no cluster does."""
    for path, task in tasks(program.graph):
        if task.options.cache:
            yield CacheIgnored(span=task.span, step=path, target=target)


class Target(Protocol):
    """A module or object that compiles. Third parties add theirs through the entry-point group `runnable.targets`."""

    def compile(self, request: CompileRequest) -> tuple[Document, ...]:
        """The output for `request`. Raises DefinitionError or ConfigurationError for what cannot be compiled."""
        ...
