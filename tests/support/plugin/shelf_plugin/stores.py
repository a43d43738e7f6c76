"""A store of records, and a catalog: folders on a shelf."""

from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from runnable.configuration.catalog import CatalogSettings
from runnable.runs.stores.file_system import FileSystemStore
from runnable.runs.stores.settings import StoreType
from runnable_runtime.stores.folder import FolderLocation
from runnable_runtime.stores.settings import StoreSettings


@dataclass(frozen=True)
class ShelfKeys:
    """`shelf` is a folder."""

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    shelf: str

    def catalog(self) -> CatalogSettings:
        """What a catalog of this type is."""
        return CatalogSettings(StoreSettings(f"shelf://{Path(self.shelf).absolute()}/files"))


RECORDS = StoreType(ShelfKeys, lambda keys: FileSystemStore(Path(keys.shelf).absolute() / "records"))


def open_location(settings: StoreSettings) -> FolderLocation:
    """What opens ``shelf:///folder``, in every task."""
    return FolderLocation(Path(settings.url.removeprefix("shelf://")))
