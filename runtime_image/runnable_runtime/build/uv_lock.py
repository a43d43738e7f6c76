"""What a uv.lock has for one environment, as requirements for pip: versions, hashes, and the files of other indices.

The packages are those that the project's own dependencies, and the extras asked for, lead to on the Python that reads
the lock. A package of PyPI, or of the index that pip is to use (PIP_INDEX_URL), is named by its version, so that a
mirror serves it. One of another index is named by the address of its file: pip knows no index for a single package, and
would ask PyPI for it.

The format: https://docs.astral.sh/uv/concepts/projects/layout/#the-lockfile, as uv 0.11 writes it.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from runnable_runtime import DISTRIBUTION

_PYPI = "https://pypi.org/simple"

Package = Mapping[str, Any]


class LockError(Exception):
    """A package of the lock cannot be installed; the text says which, and what to do."""


def check_sources(document: Mapping[str, Any]) -> None:
    """Raises LockError for a package that lies in a folder: it is not in the image."""
    for package in document.get("package", ()):
        source = package.get("source", {})
        folder = source.get("directory") or source.get("editable") or source.get("path")
        if folder and not _is_project(package) and normalized(package["name"]) != DISTRIBUTION:
            raise LockError(
                f"uv.lock has {package['name']} from {folder}, which is not installed: do that in a Dockerfile of your "
                "own (runnable image build --write-dockerfile)"
            )


def locked_requirements(document: Mapping[str, Any], extras: Sequence[str] = ()) -> tuple[list[str], str]:
    """The lines for pip, by name, and why their hashes are left out; "" where each line has its hashes.

    This distribution is in the image already, whatever the lock says of it; only its extras are asked for. Raises
    LockError for a package without a file for this Python.
    """
    packages = [package for package in document.get("package", ()) if "name" in package]
    project = next((package for package in packages if _is_project(package)), None)
    if project is None:
        raise LockError("uv.lock has no package that is the project: is it of this folder?")
    found = list(_reachable(packages, project, extras))
    ours = {extra for package, extra in found if extra and normalized(package["name"]) == DISTRIBUTION}
    needed = {normalized(p["name"]): p for p, _ in found if normalized(p["name"]) != DISTRIBUTION}
    unchecked = next((reason for p in needed.values() if (reason := _unchecked(p))), "")
    lines = [_line(package, hashes=not unchecked) for _, package in sorted(needed.items())]
    return [*([f"{DISTRIBUTION}[{','.join(sorted(ours))}]"] if ours else []), *lines], unchecked


def normalized(name: str) -> str:
    """A distribution's name as indices compare it.

    Source: https://peps.python.org/pep-0503/#normalized-names
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def _is_project(package: Package) -> bool:
    source = package.get("source", {})
    return "virtual" in source or source.get("editable") == "." or source.get("directory") == "."


def _reachable(packages: Sequence[Package], project: Package, extras: Sequence[str]) -> Iterator[tuple[Package, str]]:
    """Each package that the project leads to here, and with each extra that it is asked for with."""
    pending = [(project, extra) for extra in ("", *extras)]
    seen: set[tuple[int, str]] = set()
    while pending:
        package, extra = pending.pop()
        if (id(package), extra) in seen:
            continue
        seen.add((id(package), extra))
        if package is not project:
            yield package, extra
        edges = package.get("optional-dependencies", {}).get(extra, ()) if extra else package.get("dependencies", ())
        for edge in edges:
            if _holds(edge.get("marker", "")):
                target = _target(packages, edge)
                pending += [(target, asked) for asked in ("", *edge.get("extra", ()))]


def _target(packages: Sequence[Package], edge: Mapping[str, Any]) -> Package:
    """The package that an edge leads to; of several versions, the one that it names or that is for this Python."""
    for package in packages:
        named = package["name"] == edge["name"] and edge.get("version", package.get("version")) == package.get(
            "version"
        )
        forks = () if "version" in edge else package.get("resolution-markers", ())
        if named and (not forks or any(map(_holds, forks))):
            return package
    raise LockError(f"uv.lock needs {edge['name']}, and has none for this Python: renew it with `uv lock`")


def _line(package: Package, *, hashes: bool) -> str:
    name, source = package["name"], package.get("source", {})
    if "git" in source:
        address, commit = urldefrag(source["git"])
        return f"{name} @ git+{urlsplit(address)._replace(query='').geturl()}@{commit}"
    if "url" in source:
        return _with_hashes(f"{name} @ {source['url']}", _files(package), hashes)
    if _index(source.get("registry", "")) in (_index(_PYPI), _index(os.environ.get("PIP_INDEX_URL", _PYPI))):
        return _with_hashes(f"{name}=={package['version']}", _files(package), hashes)
    file = _file_for_this_python(package)
    return _with_hashes(f"{name} @ {_address(package, file)}", [file], hashes)


def _index(url: str) -> str:
    """The address without the user and password that may be in it."""
    parts = urlsplit(url)
    return f"{parts.hostname}:{parts.port}{parts.path}".rstrip("/")


def _with_hashes(line: str, files: Sequence[Mapping[str, Any]], hashes: bool) -> str:
    """The line with its hashes; where there are to be none, an address has its own in its fragment."""
    if hashes:
        return line + "".join(f" --hash={file['hash']}" for file in files)
    if " @ " in line and len(files) == 1 and "hash" in files[0]:
        return f"{line}#{files[0]['hash'].replace(':', '=', 1)}"
    return line


def _unchecked(package: Package) -> str:
    """Why hashes cannot be demanded, as pip demands them of all packages or of none."""
    if "git" in package.get("source", {}):
        return f"{package['name']} is a commit of a repository"
    if not _files(package) or any("hash" not in file for file in _files(package)):
        return f"the index of {package['name']} gives none"
    return ""


def _files(package: Package) -> list[Mapping[str, Any]]:
    return [*package.get("wheels", ()), *([package["sdist"]] if "sdist" in package else [])]


def _file_for_this_python(package: Package) -> Mapping[str, Any]:
    """The wheel that fits best, else the source."""
    tags, utils = _packaging("tags"), _packaging("utils")
    rank = {tag: number for number, tag in reversed(list(enumerate(tags.sys_tags())))}

    def fits(file: Mapping[str, Any]) -> int | None:
        name = unquote(PurePosixPath(urlsplit(_address(package, file)).path).name)
        return min((rank[tag] for tag in utils.parse_wheel_filename(name)[3] if tag in rank), default=None)

    wheels = [
        (place, number) for number, file in enumerate(package.get("wheels", ())) if (place := fits(file)) is not None
    ]
    if wheels:
        found: Mapping[str, Any] = package["wheels"][min(wheels)[1]]
        return found
    if "sdist" in package:
        source: Mapping[str, Any] = package["sdist"]
        return source
    raise LockError(f"uv.lock has no file of {package['name']} {package['version']} for this Python and this system")


def _address(package: Package, file: Mapping[str, Any]) -> str:
    """Where the file is: an address, or a path beside that of the index."""
    return str(file.get("url") or urljoin(f"{package['source']['registry'].rstrip('/')}/", str(file.get("path", ""))))


def _holds(marker: str) -> bool:
    evaluated: Callable[[Mapping[str, str]], bool] = _packaging("markers").Marker(marker).evaluate if marker else bool
    return not marker or bool(evaluated({"extra": ""}))


def _packaging(module: str) -> Any:
    """A module of `packaging`: the distribution's, or the one within pip, which every image has."""
    from importlib import import_module

    try:
        return import_module(f"packaging.{module}")
    except ImportError:
        return import_module(f"pip._vendor.packaging.{module}")
