"""The packages that a project needs, as files that pip reads, without building the project.

    python -m runnable_runtime.build.requirements PROJECT FOLDER [EXTRA ...]

reads PROJECT/pyproject.toml, and PROJECT/uv.lock if there is one, and writes FOLDER/requirements.txt with the
dependencies, and those of the EXTRAs, and FOLDER/constraints.txt with the versions that are locked. Then
``pip install -r FOLDER/requirements.txt`` installs them.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urldefrag, urlsplit

from runnable_runtime import DISTRIBUTION

_PUBLISHED = "runnable"
"""A package with the same import package, which would be installed over this one: docs/adr/0012."""


class RequirementsError(Exception):
    """The packages that the project needs cannot be read from its files; the text says what to do."""


def requirements(project: Path, extras: Sequence[str] = ()) -> list[str]:
    """The dependencies of the project, in the form that pip reads. Raises RequirementsError."""
    document = _toml(project / "pyproject.toml")
    table = document.get("project")
    if table is None:
        other = " (those of [tool.poetry] are not read)" if "poetry" in document.get("tool", {}) else ""
        raise RequirementsError(f"pyproject.toml has no [project] with dependencies{other}: add a requirements.txt")
    if "dependencies" in table.get("dynamic", ()):
        raise RequirementsError("pyproject.toml says that its dependencies are dynamic: add a requirements.txt")
    found = list(table.get("dependencies", ()))
    optional = table.get("optional-dependencies", {})
    for extra in extras:
        if extra not in optional:
            known = ", ".join(optional) or "none"
            raise RequirementsError(f"pyproject.toml has no optional dependencies {extra!r} (it has: {known})")
        found += optional[extra]
    check_names(found, "pyproject.toml")
    return found


def check_names(lines: Sequence[str], file: str) -> None:
    """Raises RequirementsError if one of the requirements in `file` is the published package, which is another one."""
    for line in lines:
        name = re.match(r"\s*([A-Za-z0-9._-]+)", line)
        if name and normalized(name[1]) == _PUBLISHED:
            raise RequirementsError(
                f"{file} asks for {line.strip()!r}, which is another package on the index: write {DISTRIBUTION!r}"
            )


def constraints(lock: Path) -> list[str]:
    """The versions that a uv.lock has, in the form that pip reads.

    This distribution is in the image already, whatever the lock says of it.
    A package that is locked in several versions, for different systems, is left to pip. Raises RequirementsError for
    one that lies in a folder.
    """
    packages = [
        p for p in _toml(lock).get("package", ()) if not _is_project(p) and normalized(p["name"]) != DISTRIBUTION
    ]
    versions = Counter(normalized(package["name"]) for package in packages)
    return [_constraint(package) for package in packages if versions[normalized(package["name"])] == 1]


def _constraint(package: dict[str, Any]) -> str:
    name, source = package["name"], package.get("source", {})
    if "registry" in source:
        return f"{name}=={package['version']}"
    if "git" in source:
        address, commit = urldefrag(source["git"])
        parts = urlsplit(address)
        return f"{name} @ git+{parts._replace(query='').geturl()}@{commit}"
    if "url" in source:
        return f"{name} @ {source['url']}"
    folder = source.get("directory") or source.get("editable") or source.get("path") or "somewhere else"
    raise RequirementsError(
        f"uv.lock has {name} from {folder}, which is not installed: do that in a Dockerfile of your own "
        "(runnable image build --write-dockerfile)"
    )


def _is_project(package: dict[str, Any]) -> bool:
    source = package.get("source", {})
    return "virtual" in source or source.get("editable") == "." or source.get("directory") == "."


def normalized(name: str) -> str:
    """A distribution's name as indices compare it.

    Source: https://peps.python.org/pep-0503/#normalized-names
    """
    return re.sub(r"[-_.]+", "-", name).lower()


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RequirementsError(f"{path.name} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise RequirementsError(f"{path.name} is not TOML: {error}") from None


def main(project: str, folder: str, *extras: str) -> None:
    """Write the files."""
    source, target = Path(project), Path(folder)
    lines = requirements(source, extras)
    target.mkdir(parents=True, exist_ok=True)
    if (source / "uv.lock").exists():
        (target / "constraints.txt").write_text("\n".join(constraints(source / "uv.lock")) + "\n", encoding="utf-8")
        lines.insert(0, "-c constraints.txt")
    (target / "requirements.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except RequirementsError as error:
        sys.exit(f"error: {error}")
