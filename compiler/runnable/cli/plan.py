"""`runnable plan FILE`: what a pipeline would do, and what it would take on Argo; nothing runs."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from runnable.cli.options import (
    RUN_HELP,
    add_inputs,
    add_manifest_options,
    chosen_store,
    inputs_of,
    prefer_options,
)
from runnable.diagnostics.errors import ExitCode
from runnable.diagnostics.terminal import say


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("plan", allow_abbrev=False)
    add_inputs(parser)
    parser.add_argument(
        "-t",
        "--target",
        choices=("argo",),
        default="",
        help="what a workflow would take; where the configuration's executor runs it otherwise",
    )
    parser.add_argument(
        "--like", metavar="RUN", default="", help=f"as `runnable retry` would resume this run: {RUN_HELP}"
    )
    parser.add_argument(
        "--rerun-changed", action="store_true", help="with --like: finished steps that have changed run again"
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json is for other tools")
    add_manifest_options(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Print the plan."""
    from runnable.configuration import is_typed
    from runnable.driver.plan import Asked, plan
    from runnable.driver.retry import Retry
    from runnable.frontend.giving import PARAMETERS_FILE
    from runnable.frontend.loading import load

    if options.rerun_changed and not options.like:
        say("runnable plan: --rerun-changed goes with --like RUN", file=sys.stderr)
        return ExitCode.USAGE
    prefer_options(options)
    loaded = load(options.pipeline)
    unit, configuration = inputs_of(loaded, options)
    asked = Asked(
        target=options.target,
        like=Retry(options.like, options.rerun_changed) if options.like else None,
        files=[
            os.environ.get(PARAMETERS_FILE) or loaded.parameters_file,
            *(text for text in options.parameters if not is_typed(text)),
        ],
        image=options.image,
        name=options.name,
        namespace=options.namespace,
        kind=options.kind,
    )
    found = plan(unit, configuration, chosen_store(options, Path(unit.program.root)), asked)
    of_manifests = [name for name in ("image", "name", "namespace", "kind") if getattr(options, name) is not None]
    if of_manifests and found.argo is None:
        say(f"runnable plan: --{of_manifests[0]} goes with --target argo", file=sys.stderr)
        return ExitCode.USAGE
    if options.format == "json":
        import json

        say(json.dumps(found.to_json(), indent=1))
    else:
        from runnable.planning.text import render

        say(render(found))
    return ExitCode.OK
