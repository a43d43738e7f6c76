"""From the name of a run and a step to the task, run again: the whole way on one screen."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import TYPE_CHECKING

from runnable.cli.options import is_workflow, pipeline_of
from runnable.configuration import load_configuration, read_catalog
from runnable.diagnostics.codes.configuration import SecretMissing
from runnable.diagnostics.errors import ConfigurationError, RecordUnusable
from runnable.frontend.loading import load
from runnable.runs.lookup import find_attempt, find_run, find_step
from runnable.runs.stores.settings import open_store

if TYPE_CHECKING:
    from runnable.configuration import Configuration
    from runnable.execution.launcher import Outcome
    from runnable.executors.container.settings import ContainerSettings
    from runnable.replay.recorded import Recorded


def _recorded(options: argparse.Namespace, configuration: Configuration) -> tuple[Recorded, Configuration]:
    """The attempt, and the configuration that counts: that of the pipeline's file where none is named."""
    if not (options.cluster or options.namespace or options.context):
        store = open_store(configuration.section("run-log-store"), configuration.file)
        try:
            run_id = find_run(store, options.run_id)
        except RecordUnusable:
            if not is_workflow(options, options.run_id):
                raise
        else:
            from runnable.replay.from_run import from_run

            record = store.read(run_id)
            step = find_step(record, options.step)
            file = options.pipeline or pipeline_of(record.source, "replay", run_id)
            attempt = find_attempt(step, options.attempt)
            loaded = load(file)
            configuration = _preferred(configuration, loaded.configuration_file)
            catalog = read_catalog(configuration)
            return from_run(record, step.path, attempt, loaded.built, file, catalog), configuration
    return _of_workflow(options, configuration)


def _of_workflow(options: argparse.Namespace, configuration: Configuration) -> tuple[Recorded, Configuration]:
    from runnable.cli.options import chosen_objects
    from runnable.frontend.project import enclosing_project
    from runnable.replay.from_workflow import from_workflow
    from runnable.replay.recorded import find

    workflow = chosen_objects(options).get("Workflow", options.run_id)
    recorded = from_workflow(workflow, options.step, options.attempt, enclosing_project(Path.cwd()))
    if options.pipeline:
        loaded = load(options.pipeline)
        configuration = _preferred(configuration, loaded.configuration_file)
        found = find(loaded.built, recorded.path, options.pipeline)
        root = Path(loaded.built.program.root or ".")
        recorded = replace(recorded, spec=found.spec, function=found.function, project=root)
    catalog = read_catalog(configuration)
    if catalog.chosen:  # how the store is reached from here, which pods may reach by another address
        recorded = replace(recorded, storage=replace(recorded.storage, store=catalog.store))
    return recorded, configuration


def _preferred(configuration: Configuration, file: str) -> Configuration:
    return configuration if configuration.file or not file else load_configuration(file)


def _replayed(recorded: Recorded, options: argparse.Namespace, configuration: Configuration) -> Outcome:
    from runnable.replay.keeping import kept_in

    secrets = _secrets(recorded, configuration)
    with TemporaryDirectory(prefix="runnable-replay-") as kept:
        Path(kept).chmod(0o755)  # a container has another user
        recorded = kept_in(recorded, Path(kept))
        if options.container:
            from runnable.replay.container import replay_in_container

            settings = _container_settings(configuration)
            return replay_in_container(recorded, settings, secrets, image=options.image, mount_code=options.mount_code)
        from runnable.replay.here import replay_here

        files = Path(mkdtemp(prefix="runnable-replayed-")) if recorded.spec.get or recorded.spec.put else Path(kept)
        if files != Path(kept):
            print(f"its files are in {files}", file=sys.stderr)
        return replay_here(recorded, files, secrets, debug=options.pdb)


def _container_settings(configuration: Configuration) -> ContainerSettings | None:
    from runnable.configuration import validate
    from runnable.executors.container.settings import ContainerSettings

    section = configuration.section("pipeline-executor")
    if section.type != "local-container":
        return None
    return validate(ContainerSettings, section.config, file=configuration.file, at="pipeline-executor.config")


def _secrets(recorded: Recorded, configuration: Configuration) -> Mapping[str, str]:
    """The secrets that the task names. Raises ConfigurationError, with all that are missing."""
    from runnable.execution.secrets import open_secrets

    if not recorded.spec.secrets:
        return {}
    source = open_secrets(configuration.section("secrets"), configuration.file)
    found = {name: source.find(name) for name in recorded.spec.secrets}
    missing = [
        SecretMissing(
            secret=name,
            steps=(recorded.path,),
            absence=source.absence(name),
            advice=source.advice(name),
            known=source.known(),
        )
        for name, value in found.items()
        if value is None
    ]
    if missing:
        raise ConfigurationError(missing)
    return {name: value for name, value in found.items() if value is not None}
