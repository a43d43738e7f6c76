"""The sources that values of secrets are looked up in."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import Protocol

from runnable_runtime.deferred import dataclass


class SecretSource(Protocol):
    """Gives the values of secrets by name."""

    def find(self, name: str) -> str | None:
        """The value of a secret; None if there is none."""
        ...

    def absence(self, name: str) -> str:
        """That `name` is not where it is looked for, for messages."""
        ...

    def variable(self, name: str) -> str | None:
        """The variable of this process that has the value of `name`; None where it is elsewhere."""
        ...

    def known(self) -> tuple[str, ...]:
        """The names that there are, for a hint at what was meant; nothing where they are not for anyone to read."""
        ...

    def advice(self, name: str) -> str:
        """How to provide the secret `name`."""
        ...


@dataclass(frozen=True, slots=True)
class EnvironmentSecrets:
    """Variables of this process: the secret's name between `prefix` and `suffix`."""

    prefix: str = ""
    suffix: str = ""

    def find(self, name: str) -> str | None:
        """See `SecretSource`."""
        return os.environ.get(self.variable(name))

    def absence(self, name: str) -> str:
        """See `SecretSource`."""
        return f"the environment has no variable {self.variable(name)}"

    def variable(self, name: str) -> str:
        """See `SecretSource`."""
        return f"{self.prefix}{name}{self.suffix}"

    def known(self) -> tuple[str, ...]:
        """See `SecretSource`."""
        return ()

    def advice(self, name: str) -> str:
        """See `SecretSource`."""
        return f"export {self.variable(name)}=..., or name another source in the section `secrets` of the configuration"


@dataclass(frozen=True, slots=True)
class FileSecrets:
    """What a dotenv file has; `file` is its path."""

    file: str
    values: Mapping[str, str]

    def find(self, name: str) -> str | None:
        """See `SecretSource`."""
        return self.values.get(name)

    def absence(self, name: str) -> str:
        """See `SecretSource`."""
        return f"the file {self.file} does not have it"

    def variable(self, name: str) -> None:
        """See `SecretSource`."""
        return None

    def known(self) -> tuple[str, ...]:
        """See `SecretSource`."""
        return tuple(self.values)

    def advice(self, name: str) -> str:
        """See `SecretSource`."""
        return f"add a line {name}=... to {self.file}"


@dataclass(frozen=True, slots=True)
class EmptySecrets:
    """Every secret is there, and is empty: for a run that needs none of what they open."""

    def find(self, name: str) -> str | None:
        """See `SecretSource`."""
        return ""

    def absence(self, name: str) -> str:
        """See `SecretSource`."""
        return ""

    def variable(self, name: str) -> None:
        """See `SecretSource`."""
        return None

    def known(self) -> tuple[str, ...]:
        """See `SecretSource`."""
        return ()

    def advice(self, name: str) -> str:
        """See `SecretSource`."""
        return ""
