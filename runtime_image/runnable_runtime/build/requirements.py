"""The packages that a project needs, as files that pip reads, without building the project.

    python -m runnable_runtime.build.requirements PROJECT FOLDER [EXTRA ...]

reads PROJECT/pyproject.toml, and PROJECT/uv.lock if there is one, and writes FOLDER/requirements.txt with the
dependencies, and those of the EXTRAs: as they are locked for this Python, with their hashes, else as they are declared.
Then ``pip install -r FOLDER/requirements.txt`` installs them.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from runnable_runtime import DISTRIBUTION
from runnable_runtime.build.uv_lock import LockError, check_sources, locked_requirements, normalized

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


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise RequirementsError(f"{path.name} cannot be read: {error.strerror}") from None
    except ValueError as error:
        raise RequirementsError(f"{path.name} is not TOML: {error}") from None


def check_lock(lock: Path) -> None:
    """Raises RequirementsError for a uv.lock that cannot be read, or a package of which that lies in a folder."""
    try:
        check_sources(_toml(lock))
    except LockError as error:
        raise RequirementsError(str(error)) from None


def locked(lock: Path, extras: Sequence[str] = ()) -> list[str]:
    """What a uv.lock has for this Python, in the form that pip reads. Raises RequirementsError."""
    check_lock(lock)
    try:
        lines, unchecked = locked_requirements(_toml(lock), extras)
    except LockError as error:
        raise RequirementsError(str(error)) from None
    if unchecked:
        print(f"the hashes of uv.lock are not checked: {unchecked}", file=sys.stderr)
    return lines


def main(project: str, folder: str, *extras: str) -> None:
    """Write the file."""
    source, target = Path(project), Path(folder)
    lines = requirements(source, extras)
    if (source / "uv.lock").exists():
        lines = locked(source / "uv.lock", extras)
    target.mkdir(parents=True, exist_ok=True)
    (target / "requirements.txt").write_text("\n".join(lines) + "\n", encoding="utf-8")


if __name__ == "__main__":
    try:
        main(*sys.argv[1:])
    except RequirementsError as error:
        sys.exit(f"error: {error}")
