"""From the name of a run and a step to the task, run again: the whole way on one screen."""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import TYPE_CHECKING

from runnable.configuration import Configuration, load_configuration, read_catalog
from runnable.configuration.project import enclosing_project, in_project
from runnable.diagnostics.codes.records import ReplayUnfit
from runnable.diagnostics.errors import RecordUnusable
from runnable.diagnostics.terminal import say
from runnable.frontend.loading import load
from runnable.replay.recorded import foreign
from runnable.runs.lookup import find_attempt, find_pipeline, find_run, find_step
from runnable.runs.stores.project import project_store
from runnable.runs.stores.settings import open_store
from runnable_runtime.deferred import dataclass

if TYPE_CHECKING:
    from runnable.cluster.objects import Objects
    from runnable.execution.launcher import Outcome
    from runnable.executors.container.settings import ContainerSettings
    from runnable.replay.recorded import Recorded
    from runnable.runs.stores.store import RunLogStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The attempt that is to run again: that of a recorded run, else of a workflow, whose name `run` is then.

    `pipeline` is the pipeline's file, empty for the recorded one; `attempt` counts from 1, None being the last.
    `objects` reaches the cluster. `on_cluster`: it is a workflow, whatever is recorded here. `named`: the user has
    named the configuration, so that no other one counts.
    """

    run: str
    step: str
    objects: Callable[[], Objects]
    pipeline: str = ""
    attempt: int | None = None
    on_cluster: bool = False
    named: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class How:
    """How it runs again: in this process, with `debug` under a debugger; or in a `container` of `image`.

    `image` is empty for the image that it ran in. `mount_code`: with the code as it is here.
    """

    debug: bool = False
    container: bool = False
    image: str = ""
    mount_code: bool = False


def find_recorded(wanted: Wanted, configuration: Configuration) -> tuple[Recorded, Configuration]:
    """The attempt, and the configuration that counts: that of the pipeline's file where none is named.

    Raises RecordUnusable, ClusterError, or what loading the pipeline raises.
    """
    if not wanted.on_cluster:
        store = open_store(configuration) if wanted.named else project_store(configuration)
        try:
            run_id = find_run(store, wanted.run)
        except RecordUnusable:
            from runnable.cluster.objects import has_workflow

            if not has_workflow(wanted.objects, wanted.run):
                raise
        else:
            return _of_run(store, run_id, wanted, configuration)
    return _of_workflow(wanted, configuration)


def check_replayable(recorded: Recorded, how: How) -> None:
    """Raise RecordUnusable for a task that cannot run again in such a way."""
    kind = recorded.spec.kind
    if kind == "stub":
        raise RecordUnusable([ReplayUnfit(step=recorded.path, reason="it is a stub, which does nothing")])
    if kind == "approval":
        raise RecordUnusable([ReplayUnfit(step=recorded.path, reason="it is an approval, and runs nothing")])
    if kind == "template":
        reason = f"it calls {recorded.spec.target}, a template that only Argo has"
        raise RecordUnusable([ReplayUnfit(step=recorded.path, reason=reason)])
    if kind == "container":
        raise RecordUnusable([ReplayUnfit(step=recorded.path, reason=foreign(recorded.spec.target))])
    if how.debug and kind not in ("python", "reduce"):
        raise RecordUnusable([ReplayUnfit(step=recorded.path, reason=f"--pdb is for functions, and it is a {kind}")])


def replay(recorded: Recorded, how: How, configuration: Configuration) -> Outcome:
    """Run the attempt again on this machine; how it ended. Raises ConfigurationError, with all secrets that miss."""
    from runnable.replay.keeping import kept_in

    secrets = _secrets(recorded, configuration)
    with TemporaryDirectory(prefix="runnable-replay-") as kept:
        Path(kept).chmod(0o755)  # a container has another user
        recorded = kept_in(recorded, Path(kept))
        if how.container:
            from runnable.replay.container import replay_in_container

            settings = _container_settings(configuration)
            return replay_in_container(recorded, settings, secrets, image=how.image, mount_code=how.mount_code)
        from runnable.replay.here import replay_here

        files = Path(mkdtemp(prefix="runnable-replayed-")) if recorded.spec.get or recorded.spec.put else Path(kept)
        if files != Path(kept):
            say(f"its files are in {files}", file=sys.stderr)
        return replay_here(recorded, files, secrets, debug=how.debug)


def _of_run(
    store: RunLogStore, run_id: str, wanted: Wanted, configuration: Configuration
) -> tuple[Recorded, Configuration]:
    from runnable.replay.from_run import from_run

    record = store.read(run_id)
    step = find_step(record, wanted.step)
    file = wanted.pipeline or find_pipeline(record.source, "replay", run_id)
    attempt = find_attempt(step, wanted.attempt)
    loaded = load(file)
    if not wanted.named:
        root = Path(loaded.unit.program.root)
        recorded = in_project(record.configuration, root) or loaded.configuration_file
        configuration = load_configuration(recorded, root) if recorded else configuration
    return from_run(record, step.path, attempt, loaded.unit, file, read_catalog(configuration)), configuration


def _of_workflow(wanted: Wanted, configuration: Configuration) -> tuple[Recorded, Configuration]:
    from runnable.replay.from_workflow import from_workflow
    from runnable.replay.recorded import find

    workflow = wanted.objects().get("Workflow", wanted.run)
    recorded = from_workflow(workflow, wanted.step, wanted.attempt, enclosing_project(Path.cwd()))
    if wanted.pipeline:
        loaded = load(wanted.pipeline)
        if not wanted.named and loaded.configuration_file:
            configuration = load_configuration(loaded.configuration_file, Path(loaded.unit.program.root))
        found = find(loaded.unit, recorded.path, wanted.pipeline)
        root = Path(loaded.unit.program.root or ".")
        recorded = replace(recorded, spec=found.spec, function=found.function, project=root)
    catalog = read_catalog(configuration)
    if catalog.chosen:  # how the store is reached from here, which pods may reach by another address
        recorded = replace(recorded, storage=replace(recorded.storage, store=catalog.store))
    return recorded, configuration


def _container_settings(configuration: Configuration) -> ContainerSettings | None:
    """Those of the configuration's executor, if it runs tasks in containers."""
    from runnable.configuration import validate
    from runnable.executors.container.settings import NAME, ContainerSettings

    section = configuration.section("pipeline-executor")
    if section.type != NAME:
        return None
    return validate(ContainerSettings, section.config, file=configuration.file, at="pipeline-executor.config")


def _secrets(recorded: Recorded, configuration: Configuration) -> Mapping[str, str]:
    """The secrets that the task names. Raises ConfigurationError, with all that are missing."""
    from runnable.execution.secrets import look_up, open_secrets

    if not recorded.spec.secrets:
        return {}
    source = open_secrets(configuration)
    return look_up({name: (recorded.path,) for name in recorded.spec.secrets}, source)
