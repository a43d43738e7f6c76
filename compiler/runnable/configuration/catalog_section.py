"""The section `catalog` of a configuration: which store keeps files, objects and large values."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

from runnable.configuration.catalog import DEFAULT_CATALOG_LOCATION, CatalogSettings
from runnable.configuration.sections import Configuration
from runnable.configuration.validate import validate
from runnable_runtime.stores.settings import StoreSettings


def read_catalog(configuration: Configuration) -> CatalogSettings:
    """The section `catalog` of a configuration. Raises ConfigurationError."""
    section = configuration.section("catalog")
    if "catalog" not in configuration.sections:  # the usual case, spared the import of all types, and of pydantic
        return _placed(CatalogSettings(StoreSettings(DEFAULT_CATALOG_LOCATION), chosen=False), configuration.root)
    keys = _keys_of(section.type, configuration)
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
    from runnable.configuration import plugins
    from runnable.configuration.catalog_keys import CATALOGS

    if name in CATALOGS:
        return CATALOGS[name]

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
