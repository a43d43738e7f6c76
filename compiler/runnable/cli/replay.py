"""`runnable replay RUN STEP`: a recorded task again, on this machine, with its inputs and the code as it is now."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp
from typing import TYPE_CHECKING

from runnable.cli.cluster_options import add_cluster, is_workflow
from runnable.cli.stored import RUN_HELP, find_attempt, find_step, pipeline_of
from runnable.configuration import load_configuration, read_catalog
from runnable.diagnostics.codes.configuration import SecretMissing
from runnable.diagnostics.codes.records import ReplayUnfit
from runnable.diagnostics.errors import ConfigurationError, ExitCode, RecordUnusable
from runnable.driver import CONFIGURATION_FILE
from runnable.execution.stores.lookup import find_run
from runnable.execution.stores.settings import open_store
from runnable.sdk.loading import load

if TYPE_CHECKING:
    from runnable.backends.local_container.settings import ContainerSettings
    from runnable.configuration import Configuration
    from runnable.execution.launcher import Outcome
    from runnable.replay.recorded import Recorded

_LONGEST = 200


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("replay", help="run a recorded task again, with its inputs", allow_abbrev=False)
    parser.add_argument("run_id", metavar="RUN", help=f"{RUN_HELP}; or a workflow on the cluster")
    parser.add_argument("step", metavar="STEP", help="the step's path, or as much of its end as is needed")
    parser.add_argument(
        "pipeline", metavar="FILE[:NAME]", nargs="?", default="", help="the pipeline's file; else as it was recorded"
    )
    parser.add_argument("--attempt", type=int, metavar="N", help="which attempt, from 1; the last one otherwise")
    parser.add_argument("-c", "--config", metavar="FILE", default="", help="a configuration file")
    how = parser.add_mutually_exclusive_group()
    how.add_argument("--pdb", action="store_true", help="begin a debugger where an exception is raised")
    how.add_argument("--container", action="store_true", help="run it in a container of the image that it ran in")
    how.add_argument(
        "--save-as-test", nargs="?", const="", metavar="FILE", help="write it as a test for pytest, and do not run it"
    )
    parser.add_argument("--image", default="", help="with --container: another image")
    parser.add_argument(
        "--mount-code", action="store_true", help="with --container: the project here, over the code in the image"
    )
    parser.add_argument("--cluster", action="store_true", help="RUN is a workflow, whatever is recorded here")
    add_cluster(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Run the attempt again; RUN_FAILED if it fails."""
    configuration = load_configuration(options.config or os.environ.get(CONFIGURATION_FILE, ""))
    recorded, configuration = _recorded(options, configuration)
    if recorded.spec.kind == "stub":
        raise RecordUnusable([ReplayUnfit(step=recorded.path, reason="it is a stub, which does nothing")])
    if options.pdb and recorded.spec.kind not in ("python", "reduce"):
        kind = recorded.spec.kind
        raise RecordUnusable([ReplayUnfit(step=recorded.path, reason=f"--pdb is for functions, and it is a {kind}")])
    if options.save_as_test is not None:
        return _save(recorded, options.save_as_test)
    _begin(recorded)
    return _end(recorded, _replayed(recorded, options, configuration))


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
    from runnable.cli.cluster_options import chosen_objects
    from runnable.replay.from_workflow import from_workflow
    from runnable.replay.recorded import find
    from runnable.sdk.project import enclosing_project

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
    from runnable.backends.local_container.settings import ContainerSettings
    from runnable.configuration import validate

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


def _save(recorded: Recorded, named: str) -> ExitCode:
    from runnable.replay.as_test import save_as_test, test_file

    for file in save_as_test(recorded, Path(named) if named else recorded.project / test_file(recorded)):
        shown = os.path.relpath(file)
        print(f"wrote {shown}", file=sys.stderr)
    return ExitCode.OK


def _begin(recorded: Recorded) -> None:
    """Say what is run again."""
    ended = f"{recorded.status}: {recorded.message.strip()}" if recorded.message else recorded.status
    print(f"replaying {recorded.path} of {recorded.run}, attempt {recorded.attempt}, which {ended}", file=sys.stderr)
    for name, value in recorded.parameters.items():
        print(f"  {name} = {_shown(value)}", file=sys.stderr)


def _end(recorded: Recorded, outcome: Outcome) -> ExitCode:
    """Say how it has ended now."""
    from runnable.execution.records import Status

    sys.stdout.flush()
    if outcome.trace:
        print(outcome.trace.rstrip("\n"), file=sys.stderr)
    if outcome.status is not Status.SUCCEEDED:
        print(f"{recorded.path} failed: {outcome.message}", file=sys.stderr)
        return ExitCode.INTERRUPTED if outcome.status is Status.INTERRUPTED else ExitCode.RUN_FAILED
    print(f"{recorded.path} succeeded", file=sys.stderr)
    for name, value in outcome.outputs.items():
        print(f"  {name} = {_shown(value)}", file=sys.stderr)
    return ExitCode.OK


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
