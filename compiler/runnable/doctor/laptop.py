"""This machine: Python, what can be installed beside the package, and a container engine."""

from __future__ import annotations

import platform
import sys
from importlib import import_module
from importlib.util import find_spec

from runnable.configuration import Configuration
from runnable.doctor.finding import Finding, Findings, note, ok, problem, warning

_NEWEST = (3, 14)
"""The newest Python that is tried."""
_EXTRAS = {
    "notebook": (("nbclient", "nbformat", "ipykernel"), "notebook tasks"),
    "s3": (("s3fs",), "stores in a bucket"),
}
_BUCKETS = ("s3", "minio", "chunked-s3", "chunked-minio")


def python() -> Findings:
    """The version of Python."""
    version = f"Python {platform.python_version()} ({sys.executable})"
    if sys.version_info[:2] > _NEWEST:
        newest = ".".join(map(str, _NEWEST))
        yield warning("python", f"{version} is newer than what is tried", f"use Python {newest} or an older one")
    else:
        yield ok("python", version)


def extras(configuration: Configuration) -> Findings:
    """Whether what is installed beside the package can be imported; what is needed has to be there."""
    kinds = {configuration.section(name).type for name in ("catalog", "run-log-store")}
    needed = {"s3"} if kinds & set(_BUCKETS) else set()
    for extra, (modules, purpose) in _EXTRAS.items():
        yield _extra(extra, modules, purpose, needed=extra in needed)


def _extra(extra: str, modules: tuple[str, ...], purpose: str, *, needed: bool) -> Finding:
    install = f"pip install 'runnable-pipelines[{extra}]'"
    missing = [name for name in modules if find_spec(name) is None]
    if missing:
        text = f"{', '.join(missing)} not installed, which {purpose} need"
        return problem(f"extra {extra}", text, install) if needed else note(f"extra {extra}", text, install)
    for name in modules:
        try:
            import_module(name)
        except Exception as error:  # a broken installation fails in any way
            reason = (
                f"{name} cannot be imported: {type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"
            )
            return problem(f"extra {extra}", reason, f"{install} again, in a new environment")
    return ok(f"extra {extra}", f"{purpose} can run")


def engine(configuration: Configuration) -> Findings:
    """Whether a container engine answers."""
    from runnable.container_engine import Engine, EngineError

    needed = "local-container" in {configuration.section(f"{kind}-executor").type for kind in ("pipeline", "job")}
    try:
        machine = Engine.connect().machine()
    except EngineError as error:
        reason = " ".join(str(error).split())[:200]
        advice = "start Docker, or set DOCKER_HOST; `docker version` shows whether it answers"
        if needed:
            yield problem("container engine", f"none answers: {reason}", advice)
        else:
            yield note(
                "container engine", f"none answers, which local-container and ContainerTask need: {reason}", advice
            )
    else:
        kind = "rootless, " if machine.rootless else ""
        yield ok("container engine", f"it answers: {kind}{machine.architecture}, {machine.processors} processors")
