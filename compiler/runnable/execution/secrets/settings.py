"""The types of `secrets` in a configuration. Names and keys are those of the published `runnable` 0.50."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import field, replace
from typing import Any, ClassVar

from runnable.configuration import Configuration, Section, validate
from runnable.configuration.project import in_project
from runnable.execution.secrets.sources import EmptySecrets, EnvironmentSecrets, FileSecrets, SecretSource
from runnable_runtime.deferred import dataclass

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
"""Every type of this distribution that a configuration can name.

Another distribution adds one through an entry point of the group `runnable.secrets`: a `SecretType`.
"""


def open_secrets(configuration: Configuration) -> SecretSource:
    """The source that the section `secrets` of a configuration describes. Raises ConfigurationError."""
    section = configuration.section("secrets")
    settings = read_secret_settings(section, configuration.file)
    if isinstance(settings, DotenvSettings):
        settings = replace(settings, location=in_project(settings.location, configuration.root))
    return _type_of(section.type, configuration.file).open(settings)


def read_secret_settings(section: Section, file: str) -> object:
    """The settings in the configuration section `secrets`, read from `file`. Raises ConfigurationError."""
    found = _type_of(section.type, file)
    if not section.config:  # the usual case, spared the import of pydantic
        return found.settings()
    return validate(found.settings, section.config, file=file, at="secrets.config")


def _type_of(name: str, file: str) -> SecretType:
    """The type of source that is called `name` in `file`. Raises ConfigurationError."""
    if name in SECRET_SOURCES:
        return SECRET_SOURCES[name]
    from runnable.configuration import plugins

    configuration, key = Configuration(file), "secrets.type"
    try:
        found: SecretType | None = plugins.load(
            plugins.SECRETS, name, "a SecretType", lambda one: isinstance(one, SecretType)
        )
    except plugins.PluginError as error:
        raise configuration.invalid(key, f"{name!r} cannot be used: {error}") from error
    if found is None:
        known = (*tuple(SECRET_SOURCES)[:3], *plugins.names(plugins.SECRETS))
        raise configuration.invalid(key, f"{name!r} is not a source of secrets in this version", known)
    return found
