"""The store of files, objects and large values as containers see it: a folder that is mounted, or a bucket."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import field, replace
from pathlib import Path

from runnable.configuration.catalog import CatalogSettings
from runnable.executors.container.arguments import Mount
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import DATA_FOLDER_VARIABLE, SPILL_VARIABLE, STORE_VARIABLE
from runnable_runtime.stores.settings import S3
from runnable_runtime.values.reference import RESERVED, SPACE

_FOLDER = "/mnt/runnable-catalog"
_CREDENTIALS = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_REGION", "AWS_DEFAULT_REGION")


@dataclass(frozen=True, slots=True)
class ContainerStore:
    """What a container needs to reach the store: environment variables, and a folder of this machine."""

    variables: Mapping[str, str] = field(default_factory=dict, repr=False)
    mount: Mount | None = None

    def prepare(self, run_id: str) -> None:
        """Open a run's folders, where this process is root and containers are not: they could not write there.

        A run that goes on may have folders of a process that was root.
        """
        if self.mount is None or not hasattr(os, "getuid") or os.getuid() != 0:
            return
        run = Path(self.mount.source, run_id)
        (run / RESERVED / SPACE).mkdir(parents=True, exist_ok=True)
        for folder, _, _ in os.walk(run):
            Path(folder).chmod(0o777)


def store_of(catalog: CatalogSettings) -> ContainerStore:
    """What `catalog` is in a container; the folder is made, so that it can be mounted."""
    store = catalog.store
    if store is None or not store.is_folder:
        return ContainerStore(store_variables(catalog))
    Path(store.url).mkdir(parents=True, exist_ok=True)
    inside = replace(catalog, store=replace(store, url=_FOLDER))
    return ContainerStore(store_variables(inside), Mount(store.url, _FOLDER, writable=True))


def store_variables(catalog: CatalogSettings) -> dict[str, str]:
    """The environment variables that say to a task where the store is, credentials among them; none without one."""
    store = catalog.store
    if store is None:
        return {}
    variables = {STORE_VARIABLE: store.encode()}
    if catalog.folder != ".":
        variables[DATA_FOLDER_VARIABLE] = catalog.folder
    if catalog.spill_above is not None:
        variables[SPILL_VARIABLE] = str(catalog.spill_above)
    if store.url.startswith(S3):
        variables |= {name: os.environ[name] for name in _CREDENTIALS if name in os.environ}
        if store.key:
            variables |= {"AWS_ACCESS_KEY_ID": store.key, "AWS_SECRET_ACCESS_KEY": store.secret}
    return variables
