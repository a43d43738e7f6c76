"""Which store keeps files, objects and large values."""

from __future__ import annotations

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
