"""What steps return here that call a template of Argo's: from the configuration, or as the step itself says."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import field, replace

from runnable.configuration import Configuration
from runnable.diagnostics.codes.others import NothingStandsIn
from runnable.diagnostics.errors import ConfigurationError, DefinitionError
from runnable.ir.nodes import Node, Program, Task
from runnable.ir.others import TemplateCall
from runnable.ir.step_patterns import strongest
from runnable.ir.walk import replace_nodes, tasks
from runnable_runtime.deferred import dataclass

AT = "templates"


def with_stand_ins(program: Program, configuration: Configuration) -> Program:
    """`program` with all that such steps return.

    Raises ConfigurationError for values of the configuration that a step does not return, DefinitionError (RN949) for a
    step of which it is not known what it returns.
    """
    if not any(isinstance(task.action, TemplateCall) for _, task in tasks(program.graph)):
        return program
    found = _StandIns(configuration)
    graph = replace_nodes(program.graph, found.change)
    if found.wrong:
        raise found.wrong[0]
    if found.missing:
        raise DefinitionError(found.missing)
    return replace(program, graph=graph)


@dataclass(slots=True)
class _StandIns:
    configuration: Configuration
    missing: list[NothingStandsIn] = field(default_factory=list)
    wrong: list[ConfigurationError] = field(default_factory=list)

    def change(self, path: str, node: Node) -> Node | None:
        """The node at `path` with what it returns here; None for one that calls no template."""
        if not isinstance(node, Task) or not isinstance(node.action, TemplateCall):
            return None
        values = json.loads(node.action.stand_in or "{}") | self._configured(path, node)
        if missing := tuple(one.name for one in node.returns if one.name not in values):
            self.missing.append(
                NothingStandsIn(span=node.span, step=node.name, called=node.action.described(), missing=missing)
            )
        return replace(node, action=replace(node.action, stand_in=json.dumps(values)))

    def _configured(self, path: str, task: Task) -> dict[str, object]:
        given = self.configuration.templates
        key = strongest(given, path)
        if key is None:
            return {}
        values = given[key]
        if not isinstance(values, Mapping):
            self._wrong(f"{AT}.{key}", "a mapping is needed, such as {result: 0.9}")
            return {}
        known = tuple(one.name for one in task.returns)
        for name in values:
            if name not in known:
                reason = f"the step returns {', '.join(known) or 'nothing'}"
                self._wrong(f"{AT}.{key}.{name}", reason, known)
        return dict(values)

    def _wrong(self, key: str, reason: str, known: tuple[str, ...] = ()) -> None:
        self.wrong.append(self.configuration.invalid(key, reason, known))
