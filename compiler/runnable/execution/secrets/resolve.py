"""The values of all secrets that a program names, looked up before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field

from runnable.diagnostics.codes.configuration import SecretMissing
from runnable.diagnostics.errors import ConfigurationError
from runnable.execution.secrets.sources import SecretSource
from runnable.ir.nodes import Program
from runnable.ir.walk import tasks
from runnable_runtime.deferred import dataclass
from runnable_runtime.redaction import SHORTEST, Redactor


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secrets of one run: values by name, and the variables of this process that some of them are in.

    Those variables are taken away while the run lasts, so that only tasks that name a secret have it.
    """

    values: Mapping[str, str] = field(default_factory=dict, repr=False)
    variables: tuple[str, ...] = ()

    def of(self, names: Iterable[str]) -> dict[str, str]:
        """The environment variables for a task that names these secrets."""
        return {name: self.values[name] for name in names}

    def redactor(self) -> Redactor:
        """What keeps the values out of records and of what is shown."""
        return Redactor(self.values)

    def notices(self) -> tuple[str, ...]:
        """What the user should know before the run begins."""
        short = [name for name, value in self.values.items() if 0 < len(value.strip()) < SHORTEST]
        if not short:
            return ()
        listed = ", ".join(short)
        return (f"secrets of fewer than {SHORTEST} characters are not replaced in what is printed: {listed}",)


NO_SECRETS = Secrets()


def resolve(program: Program, source: SecretSource) -> Secrets:
    """The secrets that tasks of `program` name. Raises ConfigurationError, with all that are missing."""
    users: dict[str, list[str]] = {}
    for path, task in tasks(program.graph):
        for name in task.options.secrets:
            users.setdefault(name, []).append(path)
    values = look_up(users, source)
    variables = tuple(dict.fromkeys(v for name in users if (v := source.variable(name)) is not None))
    return Secrets(values, variables)


def look_up(users: Mapping[str, Sequence[str]], source: SecretSource) -> dict[str, str]:
    """The value of each secret; `users` has the steps that name it. Raises ConfigurationError with all that miss."""
    found = {name: source.find(name) for name in users}
    missing = [
        SecretMissing(
            secret=name,
            steps=tuple(users[name]),
            absence=source.absence(name),
            advice=source.advice(name),
            known=source.known(),
        )
        for name, value in found.items()
        if value is None
    ]
    if missing:
        raise ConfigurationError(missing)
    return {name: value for name, value in found.items() if value is not None}
