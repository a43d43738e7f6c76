"""A step of the type `task`, and what it takes and returns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields
from importlib import import_module
from typing import Any

from yaml import MappingNode

from runnable.diagnostics.codes.published import YamlIgnored
from runnable.diagnostics.codes.steps import FunctionNotImportable
from runnable.diagnostics.span import Span
from runnable.diagnostics.wording import nearest
from runnable.frontend.yaml_pipelines.document import Document
from runnable.frontend.yaml_pipelines.graphs import YamlStep
from runnable.sdk.asynchronous import AsyncPythonTask
from runnable.sdk.catalog import Catalog
from runnable.sdk.options import TaskOptions
from runnable.sdk.pipeline import Step
from runnable.sdk.returns import TaskReturns
from runnable.sdk.tasks import NotebookTask, PythonTask, ShellTask, Stub

_KINDS: dict[str, tuple[Any, str]] = {
    "python": (PythonTask, "function"),
    "shell": (ShellTask, "command"),
    "notebook": (NotebookTask, "notebook"),
    "async-python": (AsyncPythonTask, "function"),
}
"""By `command_type`: the class of such a task, and what its command is there."""
_RETURNS = ("json", "metric", "object")
_OWN = ("type", "next", "on_failure", "command", "command_type")
_LISTS = ("secrets",)


def read_task(document: Document, step: YamlStep, name: str) -> Step:
    """The task that a step says, called `name`; a Stub instead, with mistakes, where it cannot be made."""
    before = document.errors
    kind = "python"
    if "command_type" in step.entries:
        kind = document.text(step.entries["command_type"].value, f"{step.what}: command_type")
    if kind not in _KINDS:
        line = step.entries["command_type"].line
        document.wrong(line, step.what, f"has the command type {kind!r}, which there is not", kind, tuple(_KINDS))
        return Stub(name=name)
    if "command" not in step.entries:
        document.wrong(step.span.line, step.what, "has no key 'command'")
        return Stub(name=name)
    cls, field = _KINDS[kind]
    given = _options(document, step, cls)
    command: Any = document.text(step.entries["command"].value, f"{step.what}: command")
    if field == "function" and command:
        command = _function(document, step, command)
    if document.errors > before:
        return Stub(name=name)
    task: Step = cls(name=name, **{field: command}, **given)
    return task


def read_catalog(document: Document, step: YamlStep) -> Catalog | None:
    """The files that a step gets and puts, if it says any."""
    if "catalog" not in step.entries:
        return None
    what = f"{step.what}: catalog"
    entry, known = step.entries["catalog"], ("get", "put", "store_copy")
    if document.plain(entry.value, what) is None:
        return None
    given: dict[str, Any] = {}
    for key, inner in document.entries(entry.value, what).items():
        if key in ("get", "put"):
            given[key] = document.texts(inner.value, f"{what}.{key}")
        elif key == "store_copy":
            given[key] = document.plain(inner.value, f"{what}.{key}")
        else:
            document.wrong(inner.line, what, f"has the key {key!r}, which there is not", key, known)
    catalog = Catalog(**given)
    catalog.span = Span(document.file, entry.line)
    return catalog


def _options(document: Document, step: YamlStep, cls: type[Any]) -> dict[str, Any]:
    """The keywords of a task that its other keys are: those of the published package, and all that a task has here."""
    known = {f.name for f in fields(TaskOptions)}
    known |= {f.name for f in fields(cls) if f.init} - {f.name for f in fields(Step)} - {"function", "notebook"}
    given: dict[str, Any] = {}
    for key, entry in step.entries.items():
        what = f"{step.what}: {key}"
        if key in _OWN:
            continue
        if key == "max_attempts":
            span = Span(document.file, entry.line)
            instead = "further attempts are `retry: 2`"
            document.problems.append(YamlIgnored(span=span, what=step.what, key=key, instead=instead))
        elif key not in known:
            document.wrong(entry.line, step.what, f"has the key {key!r}, which there is not", key, (*_OWN, *known))
        elif key == "returns":
            given[key] = [_returned(document, item, what) for item in document.items(entry.value, what)]
        elif key == "catalog":
            given[key] = read_catalog(document, step)
        elif key in _LISTS:
            given[key] = document.texts(entry.value, what)
        elif (value := document.plain(entry.value, what)) is not None:
            given[key] = value
    return given


def _returned(document: Document, node: Any, what: str) -> str | TaskReturns:
    """One of `returns`: a mapping with `name` and `kind`, or a name."""
    if not isinstance(node, MappingNode):
        return document.text(node, f"{what}, an item,")
    entries = document.entries(node, what)
    for key, entry in entries.items():
        if key not in ("name", "kind"):
            document.wrong(entry.line, what, f"has the key {key!r}, which there is not", key, ("name", "kind"))
    if "name" not in entries:
        document.wrong(node, what, "has an item without a key 'name'")
        return ""
    name = document.text(entries["name"].value, f"{what}: name")
    kind: Any = document.text(entries["kind"].value, f"{what}: kind") if "kind" in entries else "json"
    if kind not in _RETURNS:
        document.wrong(entries["kind"].line, what, f"has the kind {kind!r}, which there is not", kind, _RETURNS)
    return TaskReturns(name, kind)


def _function(document: Document, step: YamlStep, command: str) -> Callable[..., Any] | None:
    """The function of the dotted path `command`; None, with a mistake, if it cannot be imported."""
    module, _, name = command.strip().rpartition(".")
    reason = f"{command!r} is not the dotted path of a function, such as package.module.function"
    if module:
        try:
            found = import_module(module)
            function: Callable[..., Any] | None = getattr(found, name, None)
            near = nearest(name, [known for known in vars(found) if not known.startswith("_")])
            reason = f"the module {module} has no {name!r}" + (f": did you mean {near!r}?" if near else "")
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # what the user's module raises when it is imported, SystemExit too
            function, reason = None, f"{module} does not import: {type(error).__name__}: {error}"
        if function is not None:
            return function
    span = Span(document.file, step.entries["command"].line)
    document.problems.append(FunctionNotImportable(span=span, step=step.name, reason=reason))
    return None
