"""What a task depends on: a digest for each thing, by a name that a person understands."""

from __future__ import annotations

from collections.abc import Mapping

from runnable.execution.launcher import TaskStart
from runnable_runtime.protocol import ATTEMPT_VARIABLE
from runnable_runtime.stores.patterns import Pattern
from runnable_runtime.values.contents import DIGITS, digest_of


def depends(task: TaskStart, code: Mapping[str, str], files: Mapping[str, str], image: str) -> dict[str, str]:
    """What the outcome of `task` depends on, as far as it can be known before it runs.

    `code` has the parts of its code, with the data files that it names as they are now, `files` the SHA-256 of those in
    the run's catalog by path; `image` says what it runs in, empty for this machine. Parameters are all that it gets: a
    shell or a notebook gets all that is visible. A secret's value does not count: a digest of it would be recorded.
    """
    hidden = {ATTEMPT_VARIABLE, *task.spec.secrets}
    environment = {name: value for name, value in task.environment.items() if name not in hidden}
    found = dict(code)
    parameters = task.parameters if task.redactor is None else task.redactor.json(dict(task.parameters))
    found |= {f"parameter {name}": digest_of(value) for name, value in parameters.items()}
    found |= {f"variable {name}": digest_of(value) for name, value in environment.items()}
    for text in task.spec.get:
        pattern = Pattern.of(text, task.storage.folder)
        found |= {f"file {path}": digest[:DIGITS] for path, digest in files.items() if pattern.matches(path)}
    patterns = {"catalog get": task.spec.get, "catalog put": task.spec.put}
    found |= {name: ", ".join(texts) for name, texts in patterns.items() if texts}
    if image:
        return found | {"image": image}
    import platform

    return found | {"python": platform.python_version()}
