"""The types of `run-log-store` in a configuration: each one's settings, and how a store is made from them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from runnable.configuration import Configuration, Section, validate
from runnable.configuration.project import RECORDS
from runnable.configuration.s3 import MinioKeys, S3Keys
from runnable_runtime.deferred import dataclass

if TYPE_CHECKING:
    from runnable.runs.stores.store import RunLogStore

DEFAULT_LOG_FOLDER = RECORDS


@dataclass(frozen=True)
class BufferedSettings:
    """Records in memory, gone with the process."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}


@dataclass(frozen=True)
class FolderSettings:
    """Records in files below `log_folder`, relative to the project."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    log_folder: str = DEFAULT_LOG_FOLDER


@dataclass(frozen=True, kw_only=True)
class MinioLogKeys(MinioKeys):
    """A bucket of a MinIO server, with the default of the published package."""

    bucket: str = "runnable/run-logs"


@dataclass(frozen=True, slots=True)
class StoreType:
    """One type of store: the class that its configuration is validated against, and the store for an instance of it.

    Another distribution adds one through an entry point of the group `runnable.run_log_stores`.
    """

    settings: type[Any]
    open: Callable[[Any], RunLogStore]


def _buffered(_: BufferedSettings) -> RunLogStore:
    from runnable.runs.stores.buffered import BufferedStore

    return BufferedStore()


def _file_system(settings: FolderSettings) -> RunLogStore:
    from runnable.runs.stores.file_system import FileSystemStore

    return FileSystemStore(Path(settings.log_folder).absolute())


def _chunked_fs(settings: FolderSettings) -> RunLogStore:
    from runnable.runs.stores.chunked_fs import ChunkedStore

    return ChunkedStore(Path(settings.log_folder).absolute())


def _bucket(settings: S3Keys) -> RunLogStore:
    from runnable.runs.stores.chunked_s3 import BucketStore

    return BucketStore(settings.store)


STORES: Mapping[str, StoreType] = {
    "buffered": StoreType(BufferedSettings, _buffered),
    "file-system": StoreType(FolderSettings, _file_system),
    "chunked-fs": StoreType(FolderSettings, _chunked_fs),
    "chunked-s3": StoreType(S3Keys, _bucket),
    "minio": StoreType(MinioLogKeys, _bucket),
    "chunked-minio": StoreType(MinioLogKeys, _bucket),
}
"""Every type of this distribution that a configuration can name. For others see `configuration.plugins`."""


_NEED_NO_KEYS = ("buffered", "file-system", "chunked-fs")


def open_store(configuration: Configuration) -> RunLogStore:
    """The store that the section `run-log-store` of a configuration describes. Raises ConfigurationError."""
    section, file = configuration.section("run-log-store"), configuration.file
    settings = read_store_settings(section, file)
    if isinstance(settings, FolderSettings):
        settings = replace(settings, log_folder=str(configuration.root / settings.log_folder))
    return _store_type(section, file).open(settings)


def read_store_settings(section: Section, file: str) -> Any:
    """The settings of the store that `section` names; nothing is opened. Raises ConfigurationError."""
    found = _store_type(section, file)
    if not section.config and section.type in _NEED_NO_KEYS:  # the usual case, spared the import of pydantic
        return found.settings()
    return validate(found.settings, section.config, file=file, at="run-log-store.config")


def _is_type(found: Any) -> bool:
    return isinstance(found, StoreType)


def _store_type(section: Section, file: str) -> StoreType:
    """The type that `section` names: one of this distribution, else of another one. Raises ConfigurationError."""
    if section.type in STORES:
        return STORES[section.type]
    from runnable.configuration import plugins

    invalid = Configuration(file).invalid
    try:
        found: StoreType | None = plugins.load(plugins.RUN_LOG_STORES, section.type, "a StoreType", _is_type)
    except plugins.PluginError as error:
        raise invalid("run-log-store.type", f"{section.type!r} cannot be used: {error}") from error
    if found is None:
        known = (*STORES, *plugins.names(plugins.RUN_LOG_STORES))
        raise invalid("run-log-store.type", f"{section.type!r} is not a store of this version", known)
    return found
