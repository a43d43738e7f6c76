"""From what a user writes for a step's options to the IR's, every mistake noted.

What an option takes is declared with it, in `ir.options`; here is a reader for each kind.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, field, fields
from functools import partial
from pathlib import Path, PurePath
from typing import Any

from runnable.configuration.kubernetes_names import LABEL, LABEL_KEY, OBJECT_NAME
from runnable.configuration.quantities import is_variable, parse_seconds
from runnable.diagnostics.codes.steps import BadOption
from runnable.diagnostics.codes.storage import BadPattern
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.span import Span
from runnable.diagnostics.wording import did_you_mean
from runnable.frontend.locks import read_limit
from runnable.frontend.resources import read_resources
from runnable.ir.nodes import NO_FILES, Files
from runnable.ir.options import (
    DECLARATIONS,
    NO_OPTIONS,
    Count,
    Duration,
    Flag,
    Fragment,
    Kind,
    Limit,
    Metadata,
    ObjectName,
    Options,
    Pairs,
    Quantities,
    Resources,
    TemplateFragment,
    TextPairs,
    Toleration,
    Tolerations,
    VariableNames,
    Word,
)
from runnable.sdk.catalog import Catalog
from runnable.sdk.describe import shown
from runnable.sdk.options import TaskOptions
from runnable.sdk.parameters import ParameterReference
from runnable_runtime.deferred import dataclass
from runnable_runtime.stores.patterns import problem

_OPERATORS = ("Exists", "Equal")
_OTHERS_LABELS = ("workflows.argoproj.io/", "batch.kubernetes.io/")
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")


@dataclass(slots=True)
class OptionReader:
    """Reads one task's options. Mistakes go to `problems`, and the option is then left at its default."""

    owner: str
    span: Span | None
    problems: list[Diagnostic] = field(default_factory=list)
    root: Path = Path()

    def read(self, task: TaskOptions) -> Options:
        """The options of `task` in the IR's form."""
        found = {}
        for name, (default, read) in _READERS.items():
            written = getattr(task, name)
            if type(written) is not type(default) or written != default:  # most steps have few options
                found[name] = read(self, task, name, written)
        return Options(**found) if found else NO_OPTIONS

    def files(self, catalog: object) -> Files:
        """The files of a `Catalog`, or of none."""
        if catalog is None:
            return NO_FILES
        if not isinstance(catalog, Catalog):
            self.bad("catalog", f"is a Catalog(get=[...], put=[...]), not {shown(catalog)}")
            return NO_FILES
        copy: Any = catalog.store_copy
        if not isinstance(copy, bool):
            self.bad("catalog", f"store_copy is True or False, not {shown(copy)}")
        return Files(self.patterns("get", catalog.get), self.patterns("put", catalog.put), copy is not False)

    def patterns(self, option: str, value: Any) -> tuple[str, ...]:
        """Patterns of files, in the working folder."""
        if isinstance(value, str) or not isinstance(value, Sequence):
            self.bad("catalog", f"{option} is a list of paths and patterns, not {shown(value)}")
            return ()
        found: list[str] = []
        for item in value:
            text = item.as_posix() if isinstance(item, PurePath) else item
            if reason := problem(text):
                self.problems.append(
                    BadPattern(span=self.span, owner=self.owner, stage=option, pattern=str(text), reason=reason)
                )
            else:
                found.append(text)
        return tuple(found)

    def bad(self, option: str, reason: str, instead: str = "") -> None:
        """Note a mistake."""
        bad = BadOption(span=self.span, owner=self.owner, option=option, reason=reason, instead=instead)
        self.problems.append(bad)

    def count(self, option: str, value: Any, largest: int) -> int | None:
        """See `Count`."""
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= largest:
            self.bad(option, f"is a whole number from 0 to {largest}, not {shown(value)}")
            return None
        return value

    def flag(self, option: str, value: Any) -> bool:
        """See `Flag`."""
        if not isinstance(value, bool):
            self.bad(option, f"is True or False, not {shown(value)}")
        return value is True

    def seconds(self, option: str, value: Any, longest: int) -> int | None:
        """Seconds, rounded up; see `Duration`."""
        if value is None:
            return None
        try:
            seconds = parse_seconds(value)
        except ValueError:
            seconds = None
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 < seconds <= longest:
            self.bad(option, f'is seconds above 0, or text such as "90s", "10m" or "2h", not {shown(value)}')
            return None
        return -int(-seconds // 1)

    def resources(self, option: str, value: Any) -> Resources | None:
        """See `Quantities`."""
        return read_resources(value, lambda reason: self.bad(option, reason))

    def word(self, option: str, value: Any) -> str | None:
        """See `Word`. An image that is the value of a parameter is not the option's: see `ir.nodes.Task`."""
        if value is None or (option == "image" and isinstance(value, ParameterReference)):
            return None
        if not isinstance(value, str) or not value or value != "".join(value.split()):
            self.bad(option, f"is a text without blanks, not {shown(value)}")
            return None
        return value

    def object_name(self, option: str, value: Any) -> str | None:
        """See `ObjectName`."""
        if value is None:
            return None
        if not OBJECT_NAME.takes(value):
            self.bad(option, f"is {OBJECT_NAME.words}, not {shown(value)}")
            return None
        return str(value)

    def fragment(self, option: str, value: Any) -> str:
        """See `Fragment`; a text is the path of a YAML file."""
        from runnable.frontend.fragments import load_fragment

        return load_fragment(value, self.root, lambda reason, instead: self.bad(option, reason, instead))

    def template(self, option: str, value: Any) -> str:
        """See `TemplateFragment`; a text is the path of a YAML file."""
        from runnable.frontend.fragments import load_template

        return load_template(value, self.root, lambda reason, instead: self.bad(option, reason, instead))

    def metadata(self, option: str, value: Any, *, labels: bool) -> Pairs:
        """See `Metadata`."""
        found = []
        for key, text in self.pairs(option, value, variables=False):
            if not LABEL_KEY.takes(key):
                self.bad(option, f"has the key {shown(key)}, which should be {LABEL_KEY.words}")
            elif labels and key.startswith(_OTHERS_LABELS):
                self.bad(option, f"has the key {shown(key)}: Kubernetes and Argo find their pods by such labels")
            elif labels and not LABEL.takes(text):
                self.bad(option, f"has {shown(text)} for {key!r}, which should be {LABEL.words}")
            else:
                found.append((key, text))
        return tuple(found)

    def pairs(self, option: str, value: Any, *, variables: bool) -> Pairs:
        """See `TextPairs`."""
        if not isinstance(value, Mapping):
            self.bad(option, f"is a mapping of text to text, not {shown(value)}")
            return ()
        found: list[tuple[str, str]] = []
        for key, item in value.items():
            if not isinstance(key, str) or not isinstance(item, str):
                self.bad(option, f"is a mapping of text to text: {key!r}: {item!r} is not")
            elif variables and not is_variable(key):
                self.bad(option, f"{key!r} is not a name for an environment variable")
            else:
                found.append((key, item))
        return tuple(found)

    def names(self, option: str, value: Any, other: str, taken: Any) -> tuple[str, ...]:
        """See `VariableNames`; `taken` is what the option `other` has."""
        if isinstance(value, Mapping | str) or not isinstance(value, Sequence):
            self.bad(option, f"is a list of names, not {shown(value)}")
            return ()
        found: list[str] = []
        for name in value:
            if not is_variable(name):
                self.bad(option, f"holds {name!r}, which is not a name for an environment variable")
            elif isinstance(taken, Mapping) and name in taken:
                self.bad(option, f"holds {name!r}, which `{other}` has too: give one")
            elif name.startswith("RUNNABLE_"):
                self.bad(option, f"holds {name!r}: variables that begin so are this package's own")
            else:
                found.append(name)
        return tuple(dict.fromkeys(found))

    def tolerations(self, option: str, value: Any) -> tuple[Toleration, ...]:
        """See `Tolerations`; keys in camelCase or with underscores."""
        if isinstance(value, Mapping | str) or not isinstance(value, Sequence):
            self.bad(option, f"is a list of mappings, not {shown(value)}")
            return ()
        return tuple(t for item in value if (t := self.toleration(option, item)) is not None)

    def toleration(self, option: str, item: Any) -> Toleration | None:
        """One toleration."""
        known = ("key", "operator", "value", "effect", "toleration_seconds")
        if not isinstance(item, Mapping):
            self.bad(option, f"is a list of mappings: {item!r} is not one")
            return None
        found = {"toleration_seconds" if k == "tolerationSeconds" else str(k): v for k, v in item.items()}
        for key in found.keys() - set(known):
            self.bad(option, f"has the key {key!r}: {did_you_mean(key, known)}")
            return None
        if found.get("operator", "Equal") not in _OPERATORS or found.get("effect") not in (*_EFFECTS, None):
            self.bad(option, f"operator is one of {_OPERATORS}, effect one of {_EFFECTS}: {dict(item)!r}")
            return None
        return Toleration(**found)


_Read = Callable[[OptionReader, TaskOptions, str, Any], Any]
"""Reads the value of the option of a name, which a task has."""


def _reader(kind: Kind) -> _Read:  # noqa: C901 - a line for each kind
    match kind:
        case Count(largest):
            return lambda reader, task, name, value: reader.count(name, value, largest)
        case Duration(longest):
            return lambda reader, task, name, value: reader.seconds(name, value, longest)
        case Word():
            return lambda reader, task, name, value: reader.word(name, value)
        case ObjectName():
            return lambda reader, task, name, value: reader.object_name(name, value)
        case Metadata(labels):
            return lambda reader, task, name, value: reader.metadata(name, value, labels=labels)
        case Limit(largest):
            return lambda reader, task, name, value: read_limit(value, largest, partial(reader.bad, name))
        case Flag():
            return lambda reader, task, name, value: reader.flag(name, value)
        case TextPairs(variables):
            return lambda reader, task, name, value: reader.pairs(name, value, variables=variables)
        case VariableNames(other):
            return lambda reader, task, name, value: reader.names(name, value, other, getattr(task, other))
        case Quantities():
            return lambda reader, task, name, value: reader.resources(name, value)
        case TemplateFragment():
            return lambda reader, task, name, value: reader.template(name, value)
        case Fragment():
            return lambda reader, task, name, value: reader.fragment(name, value)
        case Tolerations():
            return lambda reader, task, name, value: reader.tolerations(name, value)


_DEFAULTS = {f.name: f.default if f.default_factory is MISSING else f.default_factory() for f in fields(TaskOptions)}
_READERS = {name: (_DEFAULTS[name], _reader(declaration.kind)) for name, declaration in DECLARATIONS.items()}
"""By the options' names: what a step has that does not give the option, and what reads it where it is given."""
