"""The Dockerfile that is generated for a project without one, from its pyproject.toml, uv.lock or requirements.txt."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from runnable_runtime.deferred import pattern
from runnable_runtime.presence import is_file, is_there

_REFERENCE = pattern(r"^\s*(?:-r|-c|--requirement|--constraint)(?:\s+|=)(\S+)")

_HEAD = """\
# The image that this project's steps run in: the runtime, the packages that the project asks for, and its files.
# `runnable image build` builds it, and passes as BASE the runtime image, which `runnable image base` makes alone.
ARG BASE
FROM ${BASE}

ARG PIP_INDEX_URL
USER root
"""
_PACKAGES = """
# Packages first: they change less often than the project.
"""
_TAIL = """
# The project goes to the folder that its modules and notebooks are named from. It is compiled here, since a pod cannot
# write to it; what is no Python of this version stays as it is.
COPY . .
RUN python -m compileall -q --invalidation-mode checked-hash . || true
USER 1000:1000
"""


def generated(project: Path, extras: Sequence[str] = ()) -> tuple[str, str]:
    """The text of a Dockerfile for `project`, and which files it takes the packages from, for messages."""
    packages, source = _packages(project, extras)
    return _HEAD + (_PACKAGES + packages if packages else "") + _TAIL, source


def _packages(project: Path, extras: Sequence[str]) -> tuple[str, str]:
    has_pyproject = is_there(project / "pyproject.toml")
    if has_pyproject and is_there(project / "uv.lock"):
        return _from_pyproject(extras, "pyproject.toml uv.lock"), "pyproject.toml and uv.lock"
    if is_there(project / "requirements.txt") and not extras:
        return _from_requirements(project), "requirements.txt"
    if has_pyproject:
        return _from_pyproject(extras, "pyproject.toml"), "pyproject.toml"
    return "", "no file: there is neither a pyproject.toml nor a requirements.txt"


def _from_pyproject(extras: Sequence[str], files: str) -> str:
    more = "".join(f" {shlex.quote(extra)}" for extra in extras)
    return (
        f"COPY {files} ./\n"
        f"RUN python -m runnable_runtime.build.requirements . /tmp/packages{more} \\\n"
        " && python -m pip install -r /tmp/packages/requirements.txt \\\n"
        " && rm -r /tmp/packages\n"
    )


def _from_requirements(project: Path) -> str:
    folders = {path: PurePosixPath(path).parent for path in referenced(project, "requirements.txt")}
    copies = "".join(f"COPY {path} {folder}/\n" for path, folder in folders.items())
    return f"{copies}RUN python -m pip install -r requirements.txt\n"


def referenced(project: Path, file: str) -> list[str]:
    """`file`, relative to the project, and the requirements files in the project that it reads in its turn."""
    root = project.resolve()
    found: list[str] = []
    pending = [file]
    while pending:
        path = pending.pop(0)
        source = root / path
        if path in found or not is_file(source):
            continue
        found.append(path)
        for line in source.read_text(encoding="utf-8", errors="replace").splitlines():
            match = _REFERENCE.match(line)
            if match is None or "://" in match[1]:
                continue
            target = (source.parent / match[1]).resolve()
            if target.is_relative_to(root):
                pending.append(target.relative_to(root).as_posix())
    return found
