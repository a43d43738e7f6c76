"""The section `catalog` of a configuration: which store keeps files, objects and large values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from runnable.configuration.s3 import MinioKeys, S3Keys
from runnable.configuration.sections import Configuration
from runnable.configuration.validate import validate
from runnable_runtime.deferred import dataclass
from runnable_runtime.stores.settings import StoreSettings

DEFAULT_CATALOG_LOCATION = ".catalog"


@dataclass(frozen=True, slots=True)
class CatalogSettings:
    """The settings of the catalog.

    `store` is None if nothing is kept. `folder` is the folder, in a task's working folder, that paths of files are
    relative to. `secret` is the name of the Kubernetes Secret with the store's credentials. `spill_above` is the size
    in bytes above which a JSON value goes to the store; None leaves that to the executor or target. `chosen` is whether
    the configuration names the type, rather than leaving it to the default. `in_memory`: objects are kept by the
    process of the run instead.
    """

    store: StoreSettings | None
    folder: str = "."
    secret: str = ""
    spill_above: int | None = None
    chosen: bool = True
    in_memory: bool = False


NO_CATALOG = CatalogSettings(None)


@dataclass(frozen=True, kw_only=True)
class _DataFolder:
    """The keys that all types with a store have."""

    compute_data_folder: str = "."
    spill_above: int | None = None

    def __post_init__(self) -> None:
        if self.spill_above is not None and self.spill_above < 0:
            raise ValueError("spill_above is a number of bytes, 0 or more")
        folder = PurePosixPath(self.compute_data_folder)
        if folder.is_absolute() or ".." in folder.parts:
            raise ValueError(f"compute_data_folder is in the working folder, which {self.compute_data_folder!r} is not")


@dataclass(frozen=True)
class DoNothingKeys:
    """No store."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    def catalog(self) -> CatalogSettings:
        """See `CatalogSettings`."""
        return NO_CATALOG


@dataclass(frozen=True, kw_only=True)
class FolderKeys(_DataFolder):
    """A folder, relative to the project."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    catalog_location: str = DEFAULT_CATALOG_LOCATION

    def catalog(self) -> CatalogSettings:
        """See `CatalogSettings`."""
        store = StoreSettings(self.catalog_location)
        return CatalogSettings(store, self.compute_data_folder, spill_above=self.spill_above)


@dataclass(frozen=True, kw_only=True)
class S3CatalogKeys(S3Keys, _DataFolder):
    """A bucket."""

    def __post_init__(self) -> None:
        S3Keys.__post_init__(self)
        _DataFolder.__post_init__(self)

    def catalog(self) -> CatalogSettings:
        """See `CatalogSettings`."""
        return CatalogSettings(self.store, self.compute_data_folder, self.credentials_secret, self.spill_above)


@dataclass(frozen=True, kw_only=True)
class MinioCatalogKeys(MinioKeys, S3CatalogKeys):
    """A bucket of a MinIO server."""


CATALOGS: Mapping[str, type[Any]] = {
    "file-system": FolderKeys,
    "s3": S3CatalogKeys,
    "minio": MinioCatalogKeys,
    "do-nothing": DoNothingKeys,
}
"""Every type of this distribution that a configuration can name, with the class that its keys are validated against.

Another distribution adds one through an entry point of the group `runnable.catalogs`: a class like these, whose
`catalog()` names a store by a URL. What opens it is an entry point of `runnable.store_locations`, by the URL's scheme
(`runnable_runtime.stores.settings`).
"""


def read_catalog(configuration: Configuration) -> CatalogSettings:
    """The section `catalog` of a configuration. Raises ConfigurationError."""
    section = configuration.section("catalog")
    keys = _keys_of(section.type, configuration)
    if "catalog" not in configuration.sections:  # the usual case, spared the import of pydantic
        return _placed(replace(FolderKeys().catalog(), chosen=False), configuration.root)
    read: CatalogSettings = validate(keys, section.config, file=configuration.file, at="catalog.config").catalog()
    return _placed(read, configuration.root)


def _placed(settings: CatalogSettings, root: Path) -> CatalogSettings:
    """`settings` with a folder of the project by its absolute path."""
    store = settings.store
    if store is None or not store.is_folder:
        return settings
    return replace(settings, store=replace(store, url=str((root / store.url).absolute())))


def _is_keys(found: Any) -> bool:
    return isinstance(found, type) and hasattr(found, "catalog")


def _keys_of(name: str, configuration: Configuration) -> type[Any]:
    """The class for the keys of a catalog of that type. Raises ConfigurationError."""
    if name in CATALOGS:
        return CATALOGS[name]
    from runnable.configuration import plugins

    try:
        found: type[Any] | None = plugins.load(
            plugins.CATALOGS, name, "a class of keys with a method `catalog`", _is_keys
        )
    except plugins.PluginError as error:
        raise configuration.invalid("catalog.type", f"{name!r} cannot be used: {error}") from error
    if found is None:
        known = (*CATALOGS, *plugins.names(plugins.CATALOGS))
        raise configuration.invalid("catalog.type", f"{name!r} is not a catalog of this version", known)
    return found
