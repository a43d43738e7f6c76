"""From what a user writes for a step's options to the IR's, every mistake noted."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from runnable.configuration.quantities import is_quantity, is_variable, parse_seconds
from runnable.diagnostics.codes.steps import BadOption
from runnable.diagnostics.codes.storage import BadPattern
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.span import Span
from runnable.diagnostics.wording import did_you_mean
from runnable.ir.nodes import Files, Options, Resources, Toleration
from runnable.sdk.catalog import Catalog
from runnable.sdk.describe import shown
from runnable.sdk.tasks import BaseTask
from runnable_runtime.stores.patterns import problem

_OPERATORS = ("Exists", "Equal")
_EFFECTS = ("NoSchedule", "PreferNoSchedule", "NoExecute")
_MOST_RETRIES = 100
_LONGEST = 366 * 86400


@dataclass(slots=True)
class OptionReader:
    """Reads one task's options. Mistakes go to `problems`, and the option is then left at its default."""

    owner: str
    span: Span | None
    problems: list[Diagnostic] = field(default_factory=list)

    def read(self, task: BaseTask) -> Options:
        """The options of `task` in the IR's form."""
        return Options(
            retry=self.retry(task.retry),
            timeout=self.timeout(task.timeout),
            resources=self.resources(task.resources),
            image=self.text("image", task.image),
            env=self.pairs("env", task.env, is_variable, "is not a name for an environment variable"),
            secrets=self.secrets(task.secrets, task.env),
            node_selector=self.pairs("node_selector", task.node_selector, None, ""),
            tolerations=self.tolerations(task.tolerations),
            overrides=self.pairs("overrides", task.overrides, None, ""),
            cache=self.cache(task.cache),
        )

    def files(self, catalog: object) -> Files:
        """The files of a `Catalog`, or of none."""
        if catalog is None:
            return Files()
        if not isinstance(catalog, Catalog):
            self.bad("catalog", f"is a Catalog(get=[...], put=[...]), not {shown(catalog)}")
            return Files()
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

    def bad(self, option: str, reason: str) -> None:
        """Note a mistake."""
        self.problems.append(BadOption(span=self.span, owner=self.owner, option=option, reason=reason))

    def retry(self, value: Any) -> int | None:
        """A count of further attempts."""
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _MOST_RETRIES:
            self.bad("retry", f"is a whole number from 0 to {_MOST_RETRIES}, not {shown(value)}")
            return None
        return value

    def cache(self, value: Any) -> bool:
        """Yes or no."""
        if not isinstance(value, bool):
            self.bad("cache", f"is True or False, not {shown(value)}")
        return value is True

    def timeout(self, value: Any) -> int | None:
        """Seconds, rounded up."""
        if value is None:
            return None
        try:
            seconds = parse_seconds(value)
        except ValueError:
            seconds = None
        if not isinstance(seconds, int | float) or isinstance(seconds, bool) or not 0 < seconds <= _LONGEST:
            self.bad("timeout", f'is seconds above 0, or text such as "90s", "10m" or "2h", not {shown(value)}')
            return None
        return -int(-seconds // 1)

    def resources(self, value: Any) -> Resources | None:
        """Kubernetes quantities."""
        if value is None:
            return None
        if not isinstance(value, Mapping):
            self.bad("resources", f"is a mapping of cpu, memory and gpu, not {shown(value)}")
            return None
        for key in value.keys() - {"cpu", "memory", "gpu"}:
            self.bad("resources", f"has the key {key!r}: {did_you_mean(str(key), ('cpu', 'memory', 'gpu'))}")
        gpu = value.get("gpu")
        if gpu is not None and (not isinstance(gpu, int) or isinstance(gpu, bool) or gpu < 0):
            self.bad("resources", f"gpu is a whole number of devices, not {shown(gpu)}")
            gpu = None
        return Resources(self.quantity("cpu", value), self.quantity("memory", value), gpu)

    def quantity(self, key: str, resources: Mapping[str, Any]) -> str | None:
        """One Kubernetes quantity, as text."""
        value = resources.get(key)
        if value is None:
            return None
        if not is_quantity(value):
            example = "500m" if key == "cpu" else "1Gi"
            self.bad("resources", f'{key} is a Kubernetes quantity such as "{example}", not {shown(value)}')
            return None
        return str(value)

    def text(self, option: str, value: Any) -> str | None:
        """A text without white space."""
        if value is None:
            return None
        if not isinstance(value, str) or not value or value != "".join(value.split()):
            self.bad(option, f"is a text without blanks, not {shown(value)}")
            return None
        return value

    def pairs(
        self, option: str, value: Any, is_name: Callable[[str], bool] | None, wrong: str
    ) -> tuple[tuple[str, str], ...]:
        """A mapping of text to text, in its own order."""
        if not isinstance(value, Mapping):
            self.bad(option, f"is a mapping of text to text, not {shown(value)}")
            return ()
        found: list[tuple[str, str]] = []
        for key, item in value.items():
            if not isinstance(key, str) or not isinstance(item, str):
                self.bad(option, f"is a mapping of text to text: {key!r}: {item!r} is not")
            elif is_name is not None and not is_name(key):
                self.bad(option, f"{key!r} {wrong}")
            else:
                found.append((key, item))
        return tuple(found)

    def secrets(self, value: Any, env: Any) -> tuple[str, ...]:
        """Names of secrets, which are names of environment variables as well."""
        if isinstance(value, Mapping | str) or not isinstance(value, Sequence):
            self.bad("secrets", f"is a list of names, not {shown(value)}")
            return ()
        found: list[str] = []
        for name in value:
            if not is_variable(name):
                self.bad("secrets", f"holds {name!r}, which is not a name for an environment variable")
            elif isinstance(env, Mapping) and name in env:
                self.bad("secrets", f"holds {name!r}, which `env` has too: give one")
            elif name.startswith("RUNNABLE_"):
                self.bad("secrets", f"holds {name!r}: variables that begin so are this package's own")
            else:
                found.append(name)
        return tuple(dict.fromkeys(found))

    def tolerations(self, value: Any) -> tuple[Toleration, ...]:
        """Tolerations, keys in camelCase or with underscores."""
        if isinstance(value, Mapping | str) or not isinstance(value, Sequence):
            self.bad("tolerations", f"is a list of mappings, not {shown(value)}")
            return ()
        return tuple(t for item in value if (t := self.toleration(item)) is not None)

    def toleration(self, item: Any) -> Toleration | None:
        """One toleration."""
        known = ("key", "operator", "value", "effect", "toleration_seconds")
        if not isinstance(item, Mapping):
            self.bad("tolerations", f"is a list of mappings: {item!r} is not one")
            return None
        fields = {"toleration_seconds" if k == "tolerationSeconds" else str(k): v for k, v in item.items()}
        for key in fields.keys() - set(known):
            self.bad("tolerations", f"has the key {key!r}: {did_you_mean(key, known)}")
            return None
        if fields.get("operator", "Equal") not in _OPERATORS or fields.get("effect") not in (*_EFFECTS, None):
            self.bad("tolerations", f"operator is one of {_OPERATORS}, effect one of {_EFFECTS}: {dict(item)!r}")
            return None
        return Toleration(**fields)
