"""Tell pip that this project is installed: it is on the path of the image, and pip would fetch another.

    python -m runnable_runtime.build.distribution PYPROJECT FOLDER

writes the metadata of the distribution that PYPROJECT describes, in the version of this package, into FOLDER. The
dependencies are left out, since running a task takes none; the extras are kept, so that
``pip install 'runnable-pipelines[notebook]'`` adds what notebooks need. There is no list of files, so pip refuses to
replace it.
"""

from __future__ import annotations

import sys
import tomllib
from pathlib import Path

from runnable_runtime import __version__


def metadata(pyproject: Path) -> tuple[str, str]:
    """The name of the metadata's folder, and the text of its file METADATA.

    Source: https://packaging.python.org/en/latest/specifications/core-metadata/
    """
    project = tomllib.loads(pyproject.read_text(encoding="utf-8"))["project"]
    lines = ["Metadata-Version: 2.1", f"Name: {project['name']}", f"Version: {__version__}"]
    for extra, requirements in project.get("optional-dependencies", {}).items():
        lines.append(f"Provides-Extra: {extra}")
        lines += [f"Requires-Dist: {requirement}; extra == {extra!r}" for requirement in requirements]
    folder = project["name"].replace("-", "_")
    return f"{folder}-{__version__}.dist-info", "\n".join(lines) + "\n"


def main(pyproject: str, folder: str) -> None:
    """Write the metadata."""
    name, text = metadata(Path(pyproject))
    target = Path(folder, name)
    target.mkdir(parents=True, exist_ok=True)
    (target / "METADATA").write_text(text, encoding="utf-8")
    (target / "INSTALLER").write_text("runnable\n", encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
