"""What a compilation target is: a name and a function from a program to text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from runnable.ir.nodes import Program
from runnable_runtime.protocol import Json


@dataclass(frozen=True, slots=True, kw_only=True)
class CompileRequest:
    """A program that has passed all checks, and what the command line says of the output.

    `configuration` is the `config` mapping of `pipeline-executor` for this target, as read; the target validates it,
    naming `configuration_file` in what it reports. The other fields, where given, are stronger than it.
    """

    program: Program
    image: str | None = None
    name: str | None = None
    namespace: str | None = None
    kind: str | None = None
    configuration: Mapping[str, Json] = field(default_factory=dict)
    configuration_file: str = ""


@dataclass(frozen=True, slots=True)
class Document:
    """One file of a target's output: its name in an output folder, and its whole text."""

    file_name: str
    text: str


class Target(Protocol):
    """A module or object that compiles. Third parties add theirs through the entry-point group `runnable.targets`."""

    def compile(self, request: CompileRequest) -> tuple[Document, ...]:
        """The output for `request`. Raises DefinitionError or ConfigurationError for what cannot be compiled."""
        ...
