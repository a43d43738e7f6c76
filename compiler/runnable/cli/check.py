"""`runnable check FILE`: everything that is wrong with a pipeline, without running or compiling it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence

from runnable.cli.options import add_inputs, read_inputs, target
from runnable.diagnostics.diagnostic import Diagnostic, Severity
from runnable.diagnostics.errors import ConfigurationError, DefinitionError, ExitCode
from runnable.driver.compile import configured_target, diagnose_target, foresee
from runnable.driver.run import diagnose_configuration
from runnable.passes import diagnose

TARGET = "also what a compilation to it would refuse; the one that the configuration's executor compiles to otherwise"


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("check", allow_abbrev=False)
    add_inputs(parser)
    parser.add_argument("-t", "--target", type=target, help=TARGET)
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json is for other tools")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Print the diagnostics on standard output; DEFINITION or CONFIGURATION if one is an error.

    Where the pipeline cannot even be built, or the configuration read, that is all there is to report: as text it is
    raised, as JSON printed.
    """
    try:
        unit, configuration = read_inputs(options)
    except (DefinitionError, ConfigurationError) as error:
        if options.format == "json":
            print(_as_json(error.diagnostics))
            return error.exit_code
        raise
    found = [*unit.portability, *diagnose(unit, hints=True)]
    of_configuration = diagnose_configuration(unit, configuration)
    if not any(d.severity is Severity.ERROR for d in (*found, *of_configuration)):
        name = options.target or configured_target(unit, configuration)
        try:
            found += diagnose_target(name, unit, configuration) if name else foresee(unit.program)
        except ConfigurationError as error:
            of_configuration += error.diagnostics
    everything = [*found, *of_configuration]
    print(_as_json(everything) if options.format == "json" else _as_text(everything))
    if any(d.severity is Severity.ERROR for d in found):
        return ExitCode.DEFINITION
    return ExitCode.CONFIGURATION if of_configuration else ExitCode.OK


def _as_text(found: Sequence[Diagnostic]) -> str:
    if not found:
        return "no mistakes found"
    counts = [(sum(d.severity is kind for d in found), kind) for kind in Severity]
    summary = ", ".join(f"{count} {kind}{'' if count == 1 else 's'}" for count, kind in counts)
    return "\n\n".join([*(d.render() for d in found), summary])


def _as_json(found: Sequence[Diagnostic]) -> str:
    """A list of objects, for editors and other tools."""
    import json

    return json.dumps(
        [
            {
                "code": d.code,
                "severity": d.severity,
                "message": d.message,
                "file": d.span.file if d.span else None,
                "line": d.span.line if d.span else None,
                "note": d.note,
                "help": d.help,
            }
            for d in found
        ],
        indent=1,
    )
