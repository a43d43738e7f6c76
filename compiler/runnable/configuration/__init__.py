"""Reading what users write in YAML and in environment variables: configuration files and parameters."""

from runnable.configuration.catalog import CatalogSettings
from runnable.configuration.catalog_section import read_catalog
from runnable.configuration.parameters import Given, is_typed, load_values, read_given
from runnable.configuration.sections import Configuration, Section, load_configuration
from runnable.configuration.validate import validate

__all__ = [
    "CatalogSettings",
    "Configuration",
    "Given",
    "Section",
    "is_typed",
    "load_configuration",
    "load_values",
    "read_catalog",
    "read_given",
    "validate",
]
