"""The keys of each type of catalog, against which the section `catalog` of a configuration is validated."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Any, ClassVar

from runnable.configuration.catalog import DEFAULT_CATALOG_LOCATION, NO_CATALOG, CatalogSettings
from runnable.configuration.s3 import MinioKeys, S3Keys
from runnable_runtime.deferred import dataclass
from runnable_runtime.stores.settings import StoreSettings


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
