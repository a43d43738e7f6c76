"""Files of a project that hold secrets by their names, and get into no image unless .dockerignore takes them in."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from contextlib import suppress
from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

from runnable.configuration import load_configuration
from runnable.diagnostics.errors import ConfigurationError
from runnable.images.context import Context

NAMES = (
    ".aws",
    ".azure",
    ".config/gcloud",
    ".docker/config.json",
    ".env",
    ".env.*",
    ".git",
    ".git-credentials",
    ".kube",
    ".netrc",
    ".pgpass",
    ".pypirc",
    ".ssh",
    ".terraform",
    "*.kdbx",
    "*.key",
    "*.p12",
    "*.pem",
    "*.pfx",
    "*.tfstate",
    "*.tfstate.*",
    "id_ecdsa",
    "id_ed25519",
    "id_rsa",
    "kubeconfig",
)
"""Names of files, and of folders for all that is in them, wherever they are."""
EXAMPLES = (".env.example", ".env.sample", ".env.template")
"""What looks like one, and is there to be copied."""
_SHOWN = 5


def without_secrets(files: Context, patterns: Sequence[str], configured: Collection[str] = ()) -> tuple[Context, str]:
    """`files` without those that hold secrets, and a note that names these; an empty one if there are none.

    `patterns` are those of .dockerignore: one that begins with ``!`` takes a file in, if it matches its path.
    `configured` are paths of files and folders that the configuration says hold secrets, or records of runs.
    """
    wanted = [pattern[1:].strip("/") for pattern in patterns if pattern.startswith("!")]
    left = [path for path in files if _is_secret(path, configured) and not _matches(path, wanted)]
    if not left:
        return files, ""
    named = ", ".join(left[:_SHOWN]) + (f" and {len(left) - _SHOWN} more" if len(left) > _SHOWN else "")
    gone = frozenset(left)
    kept = {path: file for path, file in files.items() if path not in gone}
    return kept, f"left out, as they may hold secrets: {named} (a line `!PATH` in .dockerignore takes one in)"


def configured_paths(project: Path) -> Iterator[str]:
    """Files and folders in `project` that its own configuration reads secrets from, or records runs in."""
    with suppress(ConfigurationError):  # whatever needs it will say so
        configuration = load_configuration("", project)
        secrets, store = configuration.sections.get("secrets"), configuration.sections.get("run-log-store")
        for section, key in ((secrets, "location"), (store, "log_folder")):
            path = section.config.get(key) if section else None
            if isinstance(path, str) and path and not Path(path).is_absolute() and ".." not in Path(path).parts:
                yield PurePosixPath(path).as_posix()


def _is_secret(path: str, configured: Collection[str]) -> bool:
    parts = path.split("/")
    if parts[-1] in EXAMPLES:
        return False
    around = ["/".join(parts[:end]) for end in range(1, len(parts) + 1)]
    if any(one in configured for one in around):
        return True
    return any(fnmatch(part, name) for part in parts for name in NAMES if "/" not in name) or any(
        one == name or one.endswith(f"/{name}") for one in around for name in NAMES if "/" in name
    )


def _matches(path: str, patterns: Sequence[str]) -> bool:
    whole = PurePosixPath(path)
    around = [str(whole), *map(str, whole.parents)]
    return any(
        fnmatch(one, pattern.removeprefix("**/")) or fnmatch(one, pattern) for one in around for pattern in patterns
    )
