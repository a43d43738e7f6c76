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
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from runnable_runtime.deferred import dataclass
from runnable_runtime.failures import StorageFailed
from runnable_runtime.presence import is_file, is_there
from runnable_runtime.protocol import ARTIFACTS_FOLDER, Json
from runnable_runtime.stores.patterns import Pattern

if TYPE_CHECKING:
    from runnable_runtime.stores.storage import Storage


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

    def fetch(self, files: Iterable[Mapping[str, Json]], storage: Storage, base: Path, executed: str) -> Path | None:
        """Bring those files of a task that has not run to `base`; where its notebook `executed` is then, if it has one.

        That they cannot be brought is printed, and is no failure of the task.
        """
        from runnable_runtime.stores.catalog import RunCatalog

        paths = [str(one["path"]) for one in files if one["stage"] == "put"]
        if not self.files:
            paths = [path for path in paths if path == executed]
        try:
            RunCatalog(replace(storage, folder="."), base, base).get(paths)
        except StorageFailed as failure:
            print(f"the artifacts of this step are not kept: {failure.message}", file=sys.stderr)
        return base / executed if self.notebook and executed in paths else None

    def keep(self, put: Iterable[Mapping[str, Json]], base: Path, data_folder: str, notebook: Path | None) -> None:
        """Keep those files that were put into the catalog from `base`, and `notebook` if it was executed elsewhere.

        That something cannot be kept is printed, and is no failure of the task.
        """
        try:
            executed = self.executed()
            if executed is not None and notebook is not None and notebook != executed and is_there(notebook):
                _link(notebook, executed)
            paths = (str(one["path"]) for one in put if one["stage"] == "put")
            for path in filter(lambda path: is_file(base / path), paths):
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
