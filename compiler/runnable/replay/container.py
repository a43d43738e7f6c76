"""Running a recorded attempt in a container of the image that it ran in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from runnable.configuration.catalog import CatalogSettings
from runnable.diagnostics.codes.records import ImageUnknown
from runnable.diagnostics.errors import RecordUnusable
from runnable.execution.launcher import Outcome, TaskStart
from runnable.execution.progress.silent import SilentProgress
from runnable.executors.container.run import run_one
from runnable.executors.container.settings import ContainerSettings
from runnable.replay.recorded import Recorded


def replay_in_container(
    recorded: Recorded, settings: ContainerSettings | None, secrets: Mapping[str, str], *, image: str, mount_code: bool
) -> Outcome:
    """Run the attempt in `image`, else in what it ran in, else in that of `settings`.

    With `mount_code` the project is mounted over the image's code. Raises RecordUnusable (RN909) if no image is known,
    ConfigurationError if there is no engine, or the image cannot be used.
    """
    chosen = image or recorded.image or (settings.docker_image if settings else "")
    if not chosen:
        raise RecordUnusable([ImageUnknown(step=recorded.path, run=recorded.run)])
    settings = settings or ContainerSettings(docker_image=chosen)
    settings = replace(settings, mount_code=mount_code or settings.mount_code, reuse=False)
    task = TaskStart(
        action=recorded.action,
        spec=recorded.spec,
        attempt=recorded.attempt,
        parameters=recorded.parameters,
        environment={**recorded.environment, **secrets},
        project=recorded.project,
        options=replace(recorded.options, image=chosen, retry=None),
        storage=recorded.storage,
    )
    catalog = CatalogSettings(recorded.storage.store, recorded.storage.folder)
    return run_one(task, settings, catalog, SilentProgress(), recorded.run)
