"""Pipelines in YAML, of the published package's form, read into the classes of the SDK."""
