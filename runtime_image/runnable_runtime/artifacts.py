"""What Argo keeps of a pod as artifacts: the executed notebook, and files of the catalog, named by the manifest.

The pod's variable `RUNNABLE_ARTIFACTS` says which: ``{"notebook": "train.ipynb", "files": {"out/plot.png":
"out-plot.png"}}``, a name in `ARTIFACTS_FOLDER` for each pattern. A path becomes a file there, what matches a pattern a
folder.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from pathlib import Path

from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import ARTIFACTS_FOLDER, Json
from runnable_runtime.stores.patterns import Pattern


@dataclass(frozen=True, slots=True)
class Artifacts:
    """The names of what is kept in `folder`: of the executed `notebook`, empty for none, and by pattern of `files`."""

    folder: Path
    notebook: str
    files: Mapping[str, str]

    @classmethod
    def of(cls, text: str, folder: str = ARTIFACTS_FOLDER) -> Artifacts:
        """What the variable says."""
        document = json.loads(text)
        return cls(Path(folder), document.get("notebook", ""), document.get("files", {}))

    def executed(self) -> Path | None:
        """Where the executed notebook goes, if it is kept."""
        if not self.notebook:
            return None
        self.folder.mkdir(parents=True, exist_ok=True)
        return self.folder / self.notebook

    def keep(self, put: Iterable[Mapping[str, Json]], base: Path, data_folder: str, notebook: Path | None) -> None:
        """Keep those files that were put into the catalog from `base`, and `notebook` if it was executed elsewhere.

        That something cannot be kept is printed, and is no failure of the task.
        """
        try:
            executed = self.executed()
            if executed is not None and notebook is not None and notebook != executed and notebook.exists():
                _link(notebook, executed)
            paths = (str(one["path"]) for one in put if one["stage"] == "put")
            for path in filter(lambda path: (base / path).is_file(), paths):
                for text, name in self.files.items():
                    pattern = Pattern.of(text, data_folder)
                    if pattern.matches(path):
                        target = self.folder / name
                        _link(base / path, target if pattern.literal and path == pattern.start else target / path)
        except OSError as error:
            print(f"the artifacts of this step are not kept: {error.filename}: {error.strerror}", file=sys.stderr)


def _link(source: Path, target: Path) -> None:
    """`source` as `target` too; a copy where they are on two file systems."""
    target.parent.mkdir(parents=True, exist_ok=True)
    with suppress(FileNotFoundError):
        target.unlink()
    try:
        os.link(os.path.realpath(source), target)
    except OSError:
        shutil.copyfile(source, target)
