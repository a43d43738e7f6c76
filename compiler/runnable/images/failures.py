"""Explaining why a build failed, and what to do: the only module that parses messages of the engine and of pip."""

from __future__ import annotations

import re
from collections.abc import Mapping
from string import Template

from runnable.container_engine.builds import StepFailed
from runnable.diagnostics.codes.containers import BuildFailed
from runnable_runtime.deferred import pattern

_PLATFORM = pattern(r"does not match the specified platform: wanted (\S+), actual: (\S+)")
_NO_SPACE = "no space left on device"
_NO_EXEC = "exec format error"
_PIP = pattern(r"^ERROR: (.+)$", re.M)
_NO_PACKAGE = pattern(r"No matching distribution found for (.+)")
_NO_CONNECTION = pattern(
    r"Failed to establish a new connection|Name or service not known|name resolution|ConnectTimeoutError|Read timed out"
    r"|CERTIFICATE_VERIFY_FAILED|Cannot connect to proxy"
)


def build_failed(image: str, error: StepFailed, arguments: Mapping[str, str]) -> BuildFailed:
    """The message for a failed build of `image`, whose Dockerfile has the `arguments`."""
    step = Template(error.step).safe_substitute(arguments)
    reason, advice = _explained(error, step)
    return BuildFailed(image=image, step=step, reason=reason, advice=advice)


def _explained(error: StepFailed, step: str) -> tuple[str, str]:
    """The reason, and what to do, empty where there is nothing to say."""
    said = f"{error.printed}\n{error}"
    instruction, _, rest = step.partition(" ")
    base = rest.split(" ")[0]
    if _NO_SPACE in said.lower():
        return (
            "there is no space left where the engine builds it",
            "`docker system df` shows what takes it, and `docker system prune` removes what nothing uses",
        )
    if found := _PLATFORM.search(said):
        return (
            f"what it starts from is for {found[2]} here, and {found[1]} is asked for",
            f"`docker pull --platform {found[1]} IMAGE` fetches the base image for it",
        )
    if _NO_EXEC in said:
        return (
            f"its programs are not for this machine's processor ({_NO_EXEC})",
            "choose a `--platform` of this machine, or install emulation for the other (QEMU with binfmt_misc)",
        )
    if instruction.upper() == "FROM":
        return (
            f"the image {base} is not on this machine and cannot be pulled: {error}",
            "`--base-image` names another one, on this machine or in a registry; `docker login` is for one that asks "
            "who it is",
        )
    if "pip" in step:
        return _of_packages(error)
    return str(error), ""


def _of_packages(error: StepFailed) -> tuple[str, str]:
    if _NO_CONNECTION.search(error.printed):
        return (
            "the package index cannot be reached",
            "`--network host` lets the build use this machine's network; `--build-arg PIP_INDEX_URL=...` names another "
            "index, and `--base-image` an image that has the certificates or the proxy that it takes",
        )
    said = _PIP.findall(error.printed)
    if not said:
        return str(error), ""
    if found := _NO_PACKAGE.search(said[-1]):
        return (
            f"there is no package {found[1].strip()} for the Python of the image in the package index",
            "see above which versions there are; `--build-arg PIP_INDEX_URL=...` names another index",
        )
    return f"pip says: {said[-1].strip()}", ""
