"""The options of a step, each declared once: its type, what values it takes, and where it changes how a task runs.

An option is a field of `Options` with a `Declaration`. That is enough for it to be read from a user's file
(`frontend.options`), and written to and read from IR text and JSON. `Scope` says who gives it a meaning; docs/adr/0010
says why.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, field, fields, is_dataclass
from enum import Enum, auto
from typing import Any

from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json

Pairs = tuple[tuple[str, str], ...]
"""A mapping of texts, in its order."""


@dataclass(frozen=True, slots=True)
class Resources:
    """Kubernetes quantities as text: `cpu` cores ("500m", "2"), `memory` bytes ("1Gi"), `gpu` whole devices.

    `requests` and `limits` have resources of any name, and are stronger than these three, which are both at once.
    """

    cpu: str | None = None
    memory: str | None = None
    gpu: int | None = None
    requests: Pairs = ()
    limits: Pairs = ()

    def limit(self, *names: str) -> str | None:
        """At most how much there is of a resource, which has any of `names`; None for no limit."""
        for name in names:
            if (text := dict(self.limits).get(name)) is not None:
                return text
        value = getattr(self, names[0], None)
        return None if value is None else str(value)


@dataclass(frozen=True, slots=True)
class Toleration:
    """A Kubernetes toleration, fields as in the Pod API."""

    key: str | None = None
    operator: str | None = None
    value: str | None = None
    effect: str | None = None
    toleration_seconds: int | None = None


# --- what values an option takes: `frontend.options` reads them, `_decoded` has them back from JSON ---


@dataclass(frozen=True, slots=True)
class Count:
    """A whole number from 0 to `largest`; None if it is not given."""

    largest: int


@dataclass(frozen=True, slots=True)
class Duration:
    """Whole seconds, at most `longest`, also written as text with a unit; None if it is not given."""

    longest: int


@dataclass(frozen=True, slots=True)
class Word:
    """A text without blanks; None if it is not given."""


@dataclass(frozen=True, slots=True)
class ObjectName:
    """The name of an object of Kubernetes; None if it is not given."""


@dataclass(frozen=True, slots=True)
class Metadata:
    """A mapping of labels, or of annotations, whose values are any texts."""

    labels: bool


@dataclass(frozen=True, slots=True)
class Flag:
    """True or False."""


@dataclass(frozen=True, slots=True)
class TextPairs:
    """A mapping of texts. `variables`: its keys are names of environment variables."""

    variables: bool = False


@dataclass(frozen=True, slots=True)
class VariableNames:
    """A list of names of environment variables, none of which the option `apart_from` has."""

    apart_from: str


@dataclass(frozen=True, slots=True)
class Limit:
    """A mapping of one name of an object to a number from 1 to `largest`; empty if it is not given."""

    largest: int


@dataclass(frozen=True, slots=True)
class Quantities:
    """`Resources`, written as a mapping; None if it is not given."""


@dataclass(frozen=True, slots=True)
class Tolerations:
    """A list of `Toleration`, each written as a mapping."""


@dataclass(frozen=True, slots=True)
class Fragment:
    """A fragment of a pod's spec, kept as JSON on one line; empty if it is not given."""


@dataclass(frozen=True, slots=True)
class TemplateFragment:
    """A fragment of Argo's template, kept as JSON on one line; empty if it is not given."""


Kind = (
    Count
    | Duration
    | Word
    | ObjectName
    | Flag
    | TextPairs
    | Metadata
    | Limit
    | VariableNames
    | Quantities
    | Tolerations
    | Fragment
    | TemplateFragment
)


class Scope(Enum):
    """Where an option changes how a task runs."""

    EVERYWHERE = auto()
    """Every executor and target has it."""
    THIS_MACHINE = auto()
    """Executors that wait for a run have it; targets warn of it."""
    RUNS = auto()
    """Executors that wait for a run have it, and workflows; a Job, which is one pod, cannot have it."""
    CONTAINERS = auto()
    """It says something of a container, also of that in a pod."""
    PODS = auto()
    """It says something of a pod of Kubernetes; elsewhere it has no effect."""
    ARGO = auto()
    """It says something that only Argo has; elsewhere it has no effect, of which a Job's target warns."""
    CONFIGURATION = auto()
    """It names keys of a configuration, which have an effect."""


@dataclass(frozen=True, slots=True)
class Declaration:
    """What there is to know of an option: its kind, its scope, and a value as a user may write it."""

    kind: Kind
    scope: Scope
    example: Json


LONGEST_TIMEOUT = 366 * 86400
"""Seconds."""


def _declared(kind: Kind, scope: Scope, example: Json) -> Mapping[str, Declaration]:
    """The metadata of a field of `Options`."""
    return {"declaration": Declaration(kind, scope, example)}


@dataclass(frozen=True, slots=True)
class Options:
    """How a task is run, as far as its author says; at its default an option is left to the configuration.

    `retry`: further attempts after a failed first one. `timeout`: seconds for one attempt. `secrets`: names, each the
    variable that the task finds the value in. `mutex` and `semaphore`: what it waits for (`execution.locking`).
    `overrides`: names of targets and executors, each with the key of the
    entry that the task has of the `overrides` in its configuration. `cache`: what an earlier run returned may be taken.
    """

    retry: int | None = field(default=None, metadata=_declared(Count(largest=100), Scope.EVERYWHERE, 2))
    timeout: int | None = field(
        default=None, metadata=_declared(Duration(longest=LONGEST_TIMEOUT), Scope.EVERYWHERE, "10m")
    )
    resources: Resources | None = field(
        default=None, metadata=_declared(Quantities(), Scope.CONTAINERS, {"cpu": "500m", "memory": "1Gi", "gpu": 1})
    )
    image: str | None = field(default=None, metadata=_declared(Word(), Scope.CONTAINERS, "my-image:1"))
    env: Pairs = field(default=(), metadata=_declared(TextPairs(variables=True), Scope.EVERYWHERE, {"A": "b"}))
    secrets: tuple[str, ...] = field(
        default=(), metadata=_declared(VariableNames(apart_from="env"), Scope.EVERYWHERE, ["TOKEN"])
    )
    mutex: str | None = field(default=None, metadata=_declared(ObjectName(), Scope.RUNS, "warehouse"))
    semaphore: Pairs = field(default=(), metadata=_declared(Limit(largest=1000), Scope.RUNS, {"licences": 3}))
    node_selector: Pairs = field(default=(), metadata=_declared(TextPairs(), Scope.PODS, {"disk": "ssd"}))
    tolerations: tuple[Toleration, ...] = field(
        default=(), metadata=_declared(Tolerations(), Scope.PODS, [{"key": "gpu", "operator": "Exists"}])
    )
    labels: Pairs = field(default=(), metadata=_declared(Metadata(labels=True), Scope.PODS, {"team": "risk"}))
    annotations: Pairs = field(
        default=(), metadata=_declared(Metadata(labels=False), Scope.PODS, {"example.com/owner": "Ann"})
    )
    priority_class: str | None = field(default=None, metadata=_declared(ObjectName(), Scope.PODS, "high"))
    runtime_class: str | None = field(default=None, metadata=_declared(ObjectName(), Scope.PODS, "gvisor"))
    service_account: str | None = field(default=None, metadata=_declared(ObjectName(), Scope.PODS, "reader"))
    pod: str = field(
        default="",
        metadata=_declared(Fragment(), Scope.PODS, {"hostAliases": [{"ip": "10.0.0.9", "hostnames": ["db"]}]}),
    )
    template: str = field(
        default="", metadata=_declared(TemplateFragment(), Scope.ARGO, {"annotations": {"example.com/owner": "Ann"}})
    )
    overrides: Pairs = field(default=(), metadata=_declared(TextPairs(), Scope.CONFIGURATION, {"argo": "large"}))
    cache: bool = field(default=False, metadata=_declared(Flag(), Scope.THIS_MACHINE, True))

    def overrides_for(self, name: str) -> tuple[str, ...]:
        """The keys that the task asks for of the `overrides` of the target or executor `name`, in order."""
        return tuple(key for named, key in self.overrides if named == name)


DECLARATIONS: Mapping[str, Declaration] = {f.name: f.metadata["declaration"] for f in fields(Options)}
"""By the options' names, in their order."""
NO_OPTIONS = Options()


def given(options: Options) -> Iterator[tuple[str, Any]]:
    """The options that are not at their default, with their values."""
    for name in DECLARATIONS:
        value = getattr(options, name)
        if value != getattr(NO_OPTIONS, name):
            yield name, value


def texts_in(value: object) -> Iterator[str]:
    """The texts in the value of an option, in their order."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, tuple):
        for item in value:
            yield from texts_in(item)
    elif is_dataclass(value):
        for one in fields(value):
            yield from texts_in(getattr(value, one.name))


def decode(data: Mapping[str, Json]) -> Options:
    """The options of IR JSON, where those at their default are left out."""
    return Options(**{name: _decoded(DECLARATIONS[name].kind, value) for name, value in data.items()})


def _decoded(kind: Kind, value: Json) -> Any:
    match kind:
        case Count() | Duration() | Word() | ObjectName() | Flag() | Fragment() | TemplateFragment():
            return value
        case TextPairs() | Metadata() | Limit():
            return tuple((key, text) for key, text in value)
        case VariableNames():
            return tuple(value)
        case Quantities():
            pairs = {key: tuple((name, text) for name, text in value.get(key, ())) for key in ("requests", "limits")}
            return Resources(**{**value, **pairs})
        case Tolerations():
            return tuple(Toleration(**item) for item in value)


def render(options: Options) -> str:
    """The options in IR text."""
    return " ".join(f"{name}={_text(DECLARATIONS[name].kind, value)}" for name, value in given(options))


def _text(kind: Kind, value: Any) -> str:
    match kind:
        case Count() | Duration() | Word() | ObjectName() | Flag() | Fragment() | TemplateFragment():
            return str(value)
        case TextPairs() | Metadata() | Limit():
            return json.dumps(dict(value))
        case VariableNames():
            return json.dumps(list(value))
        case Quantities():
            return json.dumps(_fields(value))
        case Tolerations():
            return json.dumps([_fields(item) for item in value])


def _fields(value: Resources | Toleration) -> dict[str, Json]:
    found = {name: item for name, item in asdict(value).items() if item not in (None, ())}
    return {name: dict(item) if isinstance(item, tuple) else item for name, item in found.items()}
