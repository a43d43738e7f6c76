"""`runnable replay RUN STEP`: a recorded task again, on this machine, with its inputs and the code as it is now."""

from __future__ import annotations

import argparse
import io
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from runnable.cli.options import RUN_HELP, add_cluster, chosen_objects, named_configuration
from runnable.configuration import load_configuration
from runnable.configuration.project import recorded_project
from runnable.diagnostics.errors import ExitCode
from runnable.diagnostics.terminal import flush, say
from runnable.replay.replaying import How, Wanted, check_replayable, find_recorded, replay

if TYPE_CHECKING:
    from runnable.execution.launcher import Outcome
    from runnable.replay.recorded import Recorded

_LONGEST = 200


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("replay", allow_abbrev=False)
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
    configuration = load_configuration(named_configuration(options), recorded_project())
    wanted = Wanted(
        run=options.run_id,
        step=options.step,
        objects=lambda: chosen_objects(options),
        pipeline=options.pipeline,
        attempt=options.attempt,
        named=bool(named_configuration(options)),
        on_cluster=bool(options.cluster or options.namespace or options.context),
    )
    how = How(debug=options.pdb, container=options.container, image=options.image, mount_code=options.mount_code)
    recorded, configuration = find_recorded(wanted, configuration)
    check_replayable(recorded, how)
    if options.save_as_test is not None:
        return _save(recorded, options.save_as_test)
    _begin(recorded)
    if isinstance(sys.stdout, io.TextIOWrapper):  # in a run, no character that a task prints ends it
        sys.stdout.reconfigure(errors="backslashreplace")
    return _end(recorded, replay(recorded, how, configuration))


def _save(recorded: Recorded, named: str) -> ExitCode:
    from runnable.replay.as_test import save_as_test, test_file

    for file in save_as_test(recorded, Path(named) if named else recorded.project / test_file(recorded)):
        shown = os.path.relpath(file)
        say(f"wrote {shown}", file=sys.stderr)
    return ExitCode.OK


def _begin(recorded: Recorded) -> None:
    """Say what is run again."""
    ended = f"{recorded.status}: {recorded.message.strip()}" if recorded.message else recorded.status
    say(f"replaying {recorded.path} of {recorded.run}, attempt {recorded.attempt}, which {ended}", file=sys.stderr)
    for name, value in recorded.parameters.items():
        say(f"  {name} = {_shown(value)}", file=sys.stderr)


def _end(recorded: Recorded, outcome: Outcome) -> ExitCode:
    """Say how it has ended now."""
    from runnable_runtime.records.records import Status

    flush()
    if outcome.trace:
        say(outcome.trace.rstrip("\n"), file=sys.stderr)
    if outcome.status is not Status.SUCCEEDED:
        say(f"{recorded.path} failed: {outcome.message}", file=sys.stderr)
        return ExitCode.INTERRUPTED if outcome.status is Status.INTERRUPTED else ExitCode.RUN_FAILED
    say(f"{recorded.path} succeeded", file=sys.stderr)
    for name, value in outcome.outputs.items():
        say(f"  {name} = {_shown(value)}", file=sys.stderr)
    return ExitCode.OK


def _shown(value: object) -> str:
    text = repr(value)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"
