"""The project that an image is built of: its Dockerfile, its files, and the name of the image."""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from runnable.diagnostics.codes.containers import PackagesUnclear
from runnable.diagnostics.errors import ConfigurationError
from runnable.images.context import (
    IGNORE_FILE,
    IGNORED,
    Context,
    ContextFile,
    folder_files,
    ignored_patterns,
    largest,
)
from runnable.images.dockerfile import generated, referenced
from runnable.images.pinning import pinned
from runnable.images.secret_files import EXAMPLES, NAMES, configured_paths, without_secrets
from runnable_runtime.build.requirements import RequirementsError, check_lock, check_names, requirements
from runnable_runtime.deferred import dataclass
from runnable_runtime.presence import is_file, is_there

DOCKERFILE = "Dockerfile"
_GENERATED = ".runnable.Dockerfile"
_LARGE = 100 * 1024 * 1024
_OF_OTHER_TOOLS = ("environment.yml", "environment.yaml", "conda.yaml", "Pipfile")


@dataclass(frozen=True, slots=True)
class ProjectImage:
    """What a project's image is built of. `dockerfile` is a path in `context`; `notes` are for the user to read."""

    context: Context
    dockerfile: str
    notes: tuple[str, ...] = ()


def project_image(project: Path, file: str, extras: Sequence[str]) -> ProjectImage:
    """The files of `project`, with its Dockerfile `file`; if that is empty, its ``Dockerfile``, else one made for it.

    Raises ConfigurationError if there is no such file, or if it is not clear which packages the project needs.
    """
    named = file or (DOCKERFILE if is_there(project / DOCKERFILE) else "")
    patterns = ignored_patterns(project)
    everything = folder_files(project, patterns, named or _GENERATED)
    kept, left_out = without_secrets(everything, patterns, frozenset(configured_paths(project)))
    files, notes = dict(kept), [*([left_out] if left_out else []), *_notes(kept)]
    if named:
        if extras:
            reason = f"--extra is for a Dockerfile that is made, and {named} says itself what to install"
            raise ConfigurationError([PackagesUnclear(project=str(project), reason=reason)])
        if not is_file(project / named):
            raise ConfigurationError([PackagesUnclear(project=str(project), reason=f"there is no Dockerfile {named}")])
        path = Path(named).as_posix()
        files[path] = ContextFile(project / named)
        return ProjectImage(files, path, (f"by the project's {named}", *notes))
    text, source = written_dockerfile(project, extras)
    files[_GENERATED] = ContextFile(text.encode())
    return ProjectImage(files, _GENERATED, (f"packages are those of {source}", *_unused(project), *notes))


def written_dockerfile(project: Path, extras: Sequence[str]) -> tuple[str, str]:
    """The Dockerfile for a project without one, and what it takes the packages from. Raises as `project_image`."""
    text, source = generated(project, extras)
    try:  # what would else fail in the build, after minutes
        if source.startswith("pyproject.toml"):
            requirements(project, extras)
            if source.endswith("uv.lock"):
                check_lock(project / "uv.lock")
        elif source == "requirements.txt":
            for file in referenced(project, source):
                check_names((project / file).read_text(encoding="utf-8", errors="replace").splitlines(), file)
    except RequirementsError as error:
        raise ConfigurationError([PackagesUnclear(project=str(project), reason=str(error))]) from None
    return text, source


def default_ignore() -> str:
    """The text of a .dockerignore for a project without one."""
    secret = [f"**/{name}" for name in NAMES if f"**/{name}" not in IGNORED]
    return "\n".join([*IGNORED, *secret, *(f"!**/{name}" for name in EXAMPLES)]) + "\n"


def default_repository(project: Path) -> str:
    """The name in its pyproject.toml, else that of its folder, made legal for an image."""
    name = project.resolve().name
    with suppress(OSError, ValueError, KeyError, TypeError):
        name = tomllib.loads((project / "pyproject.toml").read_text(encoding="utf-8"))["project"]["name"]
    return re.sub(r"[^a-z0-9]+", "-", str(name).lower()).strip("-") or "pipelines"


def default_base_image(project: Path) -> str:
    """What the project has pinned, else Python of the version in its .python-version, else of the one that runs this.

    Raises ConfigurationError if the pin is none.
    """
    return pinned(project) or python_image(project)


def python_image(project: Path) -> str:
    """The image of the Python that a project names, or else of the one that runs this."""
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    try:
        found = re.match(r"\d+\.\d+", (project / ".python-version").read_text(encoding="utf-8").strip())
    except OSError:
        found = None
    return f"python:{found[0] if found else version}-slim"


def _unused(project: Path) -> list[str]:
    """A note for each file that lists packages for another tool, from which none are installed."""
    return [
        f"{name} is not used: list its packages in requirements.txt or pyproject.toml, or write a {DOCKERFILE}"
        for name in _OF_OTHER_TOOLS
        if is_file(project / name)
    ]


def _notes(files: Context) -> list[str]:
    notes = []
    total = sum(file.size for file in files.values())
    if total > _LARGE:
        parts = ", ".join(f"{name} {size / 1e6:,.0f} MB" for name, size in largest(files))
        notes.append(f"the image will hold {total / 1e6:,.0f} MB of the project ({parts}): see {IGNORE_FILE}")
    return notes
