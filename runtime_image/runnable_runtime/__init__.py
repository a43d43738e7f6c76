"""The runtime: runs one task, from its spec and its inputs to its outputs, in a pod, a container or a local process."""

__version__ = "0.1.0"
"""Of the whole distribution: `pyproject.toml`, `runnable` and the runtime image read it here."""
