"""The types of `secrets` in a configuration. Names and keys are those of the published `runnable` 0.50."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar

from runnable.configuration import Configuration, Section, validate
from runnable.configuration.project import in_project
from runnable.execution.secrets.sources import EmptySecrets, EnvironmentSecrets, FileSecrets, SecretSource

DEFAULT_LOCATION = ".env"


@dataclass(frozen=True)
class EnvironmentSettings:
    """Variables of the environment: the secret's name between `prefix` and `suffix`."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    prefix: str = ""
    suffix: str = ""


@dataclass(frozen=True)
class DotenvSettings:
    """A file of `NAME=value` lines at `location`, relative to the project; or the values themselves."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    location: str = DEFAULT_LOCATION
    secrets: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class EmptySettings:
    """Every secret is empty."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


@dataclass(frozen=True, slots=True)
class SecretType:
    """One type of source: the class that its configuration is validated against, and the source for an instance."""

    settings: type[Any]
    open: Callable[[Any], SecretSource]


def _environment(settings: EnvironmentSettings) -> SecretSource:
    return EnvironmentSecrets(settings.prefix, settings.suffix)


def _dotenv(settings: DotenvSettings) -> SecretSource:
    from runnable.execution.secrets.dotenv_file import read_dotenv

    values = settings.secrets or read_dotenv(settings.location)
    return FileSecrets(settings.location, values)


def _empty(_: EmptySettings) -> SecretSource:
    return EmptySecrets()


SECRET_SOURCES: Mapping[str, SecretType] = {
    "env-secrets": SecretType(EnvironmentSettings, _environment),
    "dotenv": SecretType(DotenvSettings, _dotenv),
    "do-nothing": SecretType(EmptySettings, _empty),
    "env-secrets-manager": SecretType(EnvironmentSettings, _environment),  # what the published documentation calls it
}
"""Every type that a configuration can name."""


def open_secrets(configuration: Configuration) -> SecretSource:
    """The source that the section `secrets` of a configuration describes. Raises ConfigurationError."""
    section = configuration.section("secrets")
    settings = read_secret_settings(section, configuration.file)
    if isinstance(settings, DotenvSettings):
        settings = replace(settings, location=in_project(settings.location, configuration.root))
    return SECRET_SOURCES[section.type].open(settings)


def read_secret_settings(section: Section, file: str) -> object:
    """The settings in the configuration section `secrets`, read from `file`. Raises ConfigurationError."""
    found = SECRET_SOURCES.get(section.type)
    if found is None:
        raise Configuration(file).invalid(
            "secrets.type", f"{section.type!r} is not a source of secrets in this version", tuple(SECRET_SOURCES)[:3]
        )
    if not section.config:  # the usual case, spared the import of pydantic
        return found.settings()
    return validate(found.settings, section.config, file=file, at="secrets.config")
