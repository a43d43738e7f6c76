"""`runnable retry RUN [FILE]`: resume a run that failed, was interrupted or killed, where it stopped."""

from __future__ import annotations

import argparse
from pathlib import Path

from runnable.cli.options import RUN_HELP, add_parameters, chosen_store, named_configuration, prefer_options
from runnable.configuration.project import in_project, recorded_project
from runnable.diagnostics.errors import ExitCode, RecordUnusable
from runnable.driver.retry import Retry
from runnable.driver.run import execute
from runnable.frontend.loading import load
from runnable.runs.lookup import find_pipeline, find_run


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("retry", allow_abbrev=False)
    parser.add_argument("run_id", metavar="RUN", help=RUN_HELP)
    parser.add_argument(
        "pipeline", metavar="FILE[:NAME]", nargs="?", default="", help="the pipeline's file; that of the run otherwise"
    )
    add_parameters(parser)
    parser.add_argument("-c", "--config", metavar="FILE", default="", help="a configuration file")
    parser.add_argument("--tag", default="", help="another label for the run's record")
    parser.add_argument(
        "--rerun-changed", action="store_true", help="run finished steps that have changed again, and all after them"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Resume the run; what it raises becomes the exit code."""
    loaded = load(options.pipeline) if options.pipeline else None
    root = Path(loaded.unit.program.root) if loaded else recorded_project()
    named = named_configuration(options)
    store = chosen_store(options, root)
    try:
        record = store.header(find_run(store, options.run_id))
    except RecordUnusable:
        if named or loaded is None or not loaded.configuration_file:
            raise
        recorded = ""  # a run of before records said which configuration they were made with
    else:
        recorded = in_project(record.configuration, root)
        loaded = loaded or load(find_pipeline(record.source, "retry", options.run_id))
    prefer_options(options)
    execute(
        loaded.unit,
        configuration_file=named or recorded or loaded.configuration_file,
        run_id="",
        tag=options.tag,
        parameters_file=loaded.parameters_file,
        parameters=loaded.parameters,
        typed=options.parameters,
        log_level="WARNING",
        retry=Retry(options.run_id, options.rerun_changed),
    )
    return ExitCode.OK
