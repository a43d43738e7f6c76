"""What runs inside a task's container: one task, from its spec and its inputs to its outputs."""

__version__ = "0.1.0"
"""Of the whole distribution: `pyproject.toml`, `runnable` and the runtime image read it here."""
