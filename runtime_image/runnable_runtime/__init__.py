"""The runtime: runs one task, from its spec and its inputs to its outputs, in a pod, a container or a local process."""

DISTRIBUTION = "runnable-pipelines"
"""What installs this: the name in `pyproject.toml`, which a test compares. `runnable` on PyPI is another package."""

__version__ = "0.1.0"
"""Of the whole distribution: `pyproject.toml`, `runnable` and the runtime image read it here."""
