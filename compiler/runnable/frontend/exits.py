"""What runs after a pipeline: its `on_exit` and `notify`, to the graph `Program.at_exit`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from runnable.diagnostics.codes.exits import FactTaken, NameTaken
from runnable.diagnostics.codes.steps import BadOption
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.span import Span
from runnable.frontend.options import OptionReader
from runnable.ir.at_exit import DURATION, FACT_NAMES, FAILURES, NOTIFY, ON_EXIT, RUN_ID, STATUS
from runnable.ir.nodes import Graph, Nothing, PythonCall, Reads, ShellCommand, Switch, Task
from runnable.ir.options import Options
from runnable.passes.checks.names import problem
from runnable.sdk.describe import shown
from runnable.sdk.notify import Notification, SecretReference
from runnable.sdk.parameters import Parameter
from runnable.sdk.pipeline import Pipeline
from runnable_runtime import notifications
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Argument, Json

FUNCTIONS: Mapping[str, Callable[..., None]] = {
    "webhook": notifications.webhook,
    "slack": notifications.slack,
    "email": notifications.email,
}
_FACTS = (RUN_ID, STATUS, FAILURES, DURATION)
_SUCCEEDED, _FAILED = "succeeded", "failed"
"""The branches of the switch over how the run has ended; all but success is in the second one."""
_OCCASIONS = {"failure": (_FAILED,), "success": (_SUCCEEDED,), "always": (_SUCCEEDED, _FAILED)}
_MOST_RETRIES = 100
_ENCRYPTIONS = ("starttls", "tls", "none")

_FITS: Mapping[str, Callable[[Any], bool]] = {
    "url": lambda value: (
        value.startswith(("http://", "https://"))
        if isinstance(value, str)
        else isinstance(value, SecretReference) and not value.before
    ),
    "headers": lambda value: isinstance(value, Mapping),
    "to": lambda value: bool(value) and isinstance(value, str | list | tuple) and all(map(_is_text, value)),
    "sender": lambda value: _is_text(value) and bool(value),
    "host": lambda value: _is_text(value) and bool(value),
    "port": lambda value: isinstance(value, int) and not isinstance(value, bool) and 0 < value < 65536,
    "user": lambda value: isinstance(value, str | SecretReference),
    "password": lambda value: isinstance(value, SecretReference),
    "encryption": lambda value: value in _ENCRYPTIONS,
}
"""What the arguments of notifications can be."""
_WANTED: Mapping[str, str] = {
    "url": 'a text that begins with http:// or https://, or secret("NAME")',
    "headers": "a mapping of names to texts or secrets",
    "to": "an address, or a list of them",
    "sender": "an address",
    "host": "the name of a server",
    "port": "the number of a port",
    "user": 'a text, or secret("NAME")',
    "password": 'secret("NAME")',
    "encryption": f"one of {', '.join(map(repr, _ENCRYPTIONS))}",
}


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


@dataclass(slots=True)
class ExitReader:
    """Reads what one pipeline has at its end. `graph` builds a pipeline; functions to call go to `functions`."""

    pipeline: Pipeline
    graph: Callable[[Pipeline, str], Graph]
    functions: dict[str, Callable[..., Any]]
    problems: list[Diagnostic]

    def read(self, name: str, steps: Iterable[str]) -> Graph | None:
        """The graph of what runs after the pipeline called `name`, which has these steps; None if nothing does."""
        on_exit: Any = self.pipeline.on_exit
        members: list[Graph | Switch] = []
        if isinstance(on_exit, Pipeline):
            members.append(self.graph(on_exit, ON_EXIT))
        elif on_exit is not None:
            self._bad("on_exit", f"is a Pipeline, not {shown(on_exit)}", self.pipeline.span)
        if notifications := self._notifications():
            members.append(self._switch(name, notifications))
        if not members:
            return None
        for member in members:
            if member.name in steps:
                self.problems.append(NameTaken(span=self.pipeline.span, name=member.name))
        declared: Any = self.pipeline.parameters
        for one in declared if isinstance(declared, Sequence) else ():
            if isinstance(one, Parameter) and one.name in FACT_NAMES:
                self.problems.append(FactTaken(span=one.span, parameter=one.name))
        return Graph("", tuple(members), span=self.pipeline.span)

    def _notifications(self) -> list[Notification]:
        given: Any = self.pipeline.notify
        if isinstance(given, str | Mapping) or not isinstance(given, Sequence):
            self._bad("notify", f"is a list of notifications, not {shown(given)}", self.pipeline.span)
            return []
        found: dict[str, Notification] = {}
        for one in given:
            if not isinstance(one, Notification):
                reason = f"holds {shown(one)}, and not what webhook, slack, email or command make"
                self._bad("notify", reason, self.pipeline.span)
            elif reason := problem(one.name) or "":
                self._bad("notify", f"has a notification whose name {shown(one.name)} {reason}", one.span)
            elif one.name in found:
                self._bad("notify", f"has two that are called {one.name!r}: give one of them another name=", one.span)
            else:
                found[one.name] = one
        return list(found.values())

    def _switch(self, name: str, given: Sequence[Notification]) -> Switch:
        branches: dict[str, list[Task]] = {_SUCCEEDED: [], _FAILED: []}
        for one in given:
            if one.on not in _OCCASIONS:
                self._bad_of(one, "on", f"is one of {', '.join(map(repr, _OCCASIONS))}, not {shown(one.on)}")
                continue
            task = self._task(one, name)
            for branch in _OCCASIONS[one.on]:
                branches[branch].append(task)
        graphs = [Graph(n, tuple(tasks) or (Task("nothing", Nothing()),)) for n, tasks in branches.items()]
        return Switch(NOTIFY, STATUS, tuple(graphs), default=_FAILED, span=self.pipeline.span)

    def _task(self, one: Notification, pipeline: str) -> Task:
        reader = OptionReader(one.described(), one.span, self.problems)
        secrets: list[str] = []
        given = {name: self._argument(one, name, value, secrets) for name, value in one.arguments.items()}
        named = [*one.secrets, *secrets] if isinstance(one.secrets, list | tuple) else one.secrets
        names = reader.names("secrets", named, "", None)
        options = Options(retry=reader.count("retry", one.retry, _MOST_RETRIES), secrets=names)
        if one.kind == "command":
            text = given["command"]
            if not isinstance(text, str) or not text.strip():
                self._bad_of(one, "command", f"is a text, not {shown(text)}")
            return Task(one.name, ShellCommand(str(text)), Reads(_FACTS, everything=True), (), options, one.span)
        self._check(one)
        arguments = [Argument("pipeline", value=pipeline), *(Argument(n, value=v) for n, v in given.items())]
        call = PythonCall(notifications.__name__, one.kind)
        self.functions[f"{call.module}:{call.name}"] = FUNCTIONS[one.kind]
        return Task(one.name, call, Reads(_FACTS), (), options, one.span, arguments=tuple(arguments))

    def _argument(self, one: Notification, option: str, value: Any, secrets: list[str]) -> Json:
        """A value as the function takes it; the secrets in it are added to `secrets`."""
        if isinstance(value, SecretReference):
            secrets.append(value.name)
            return {"secret": value.name, "before": value.before}
        if isinstance(value, Mapping):
            if not all(isinstance(name, str) and isinstance(v, str | SecretReference) for name, v in value.items()):
                self._bad_of(one, option, f"is a mapping of texts and secrets, not {shown(value)}")
                return {}
            return {name: self._argument(one, option, v, secrets) for name, v in value.items()}
        if option == "to" and isinstance(value, str | Sequence):
            return [value] if isinstance(value, str) else list(value)
        return value

    def _check(self, one: Notification) -> None:
        """Report arguments that are of another type, or no address."""
        for option, value in one.arguments.items():
            if not _FITS[option](value):
                self._bad_of(one, option, f"is {_WANTED[option]}, not {shown(value)}")

    def _bad(self, option: str, reason: str, span: Span | None) -> None:
        self.problems.append(BadOption(span=span, owner="Pipeline", option=option, reason=reason))

    def _bad_of(self, one: Notification, option: str, reason: str) -> None:
        self.problems.append(BadOption(span=one.span, owner=one.described(), option=option, reason=reason))
