"""`runnable describe FILE`: what a pipeline takes, does and returns, without running it."""

from __future__ import annotations

import argparse

from runnable.cli.options import add_inputs
from runnable.diagnostics.errors import DefinitionError, ExitCode
from runnable.diagnostics.terminal import say
from runnable.frontend.giving import give
from runnable.frontend.loading import load


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("describe", allow_abbrev=False)
    add_inputs(parser)
    parser.add_argument(
        "--output-format", choices=("text", "json"), default="text", help="json is for other tools; text otherwise"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Print the description. Raises DefinitionError for a file that holds no pipeline, or for wrong values."""
    from runnable.frontend.description import describe

    loaded = load(options.pipeline)
    unit = give(loaded.unit, loaded.parameters_file, loaded.parameters, options.parameters)
    if wrong := unit.diagnostics[len(loaded.unit.diagnostics) :]:
        raise DefinitionError(list(wrong))
    found = describe(unit)
    if options.output_format == "json":
        import json

        say(json.dumps(found.to_json(), indent=1))
    else:
        from runnable.cli.description_text import render

        say(render(found))
    return ExitCode.OK
