"""A source of secrets: a folder with a file for each."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from runnable.execution.secrets.settings import SecretType


@dataclass(frozen=True)
class Drawer:
    """`drawer` is the folder."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    drawer: str

    def find(self, name: str) -> str | None:
        """The value of a secret; None if there is none."""
        file = Path(self.drawer, name)
        return file.read_text() if file.is_file() else None

    def absence(self, name: str) -> str:
        """That it is not where it is looked for."""
        return f"the drawer {self.drawer} does not have it"

    def variable(self, name: str) -> None:
        """No variable of the process has it."""
        return

    def known(self) -> tuple[str, ...]:
        """The names that there are."""
        return tuple(sorted(file.name for file in Path(self.drawer).iterdir()))

    def advice(self, name: str) -> str:
        """How to provide it."""
        return f"put it into {self.drawer}/{name}"


SECRETS = SecretType(Drawer, lambda keys: keys)
