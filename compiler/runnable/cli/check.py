"""`runnable check FILE|DIR...`: everything that is wrong with pipelines, without running or compiling them."""

from __future__ import annotations

import argparse
import sys

from runnable.cli.findings import add_format, exit_code, print_formatted, print_texts, report
from runnable.cli.options import add_inputs, named_configuration, read_inputs, target
from runnable.diagnostics.errors import ConfigurationError, DefinitionError, ExitCode
from runnable.diagnostics.findings import Outcome, summary
from runnable.diagnostics.terminal import flush, say
from runnable.driver.check import check
from runnable.driver.garbage import seldom_collected
from runnable.driver.several import each, prepare
from runnable.frontend.folders import is_several, sources

TARGET = "also what a compilation to it would refuse; the one that the configuration's executor compiles to otherwise"


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("check", allow_abbrev=False)
    add_inputs(parser, several=True)
    parser.add_argument("-t", "--target", type=target, help=TARGET)
    add_format(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Print the findings on standard output; DEFINITION or CONFIGURATION if one is an error.

    Where the one pipeline that is named cannot even be built, or the configuration read, that is all there is to
    report: as text it is raised, in another format printed.
    """
    if is_several(options.pipelines):
        return _several(options)
    try:
        with seldom_collected():
            found = _check(options, options.pipelines[0])
    except (DefinitionError, ConfigurationError) as error:
        if options.format == "text":
            raise
        found = Outcome.of_error(error, options.pipelines[0])
    if options.format != "text":
        print_formatted(found.findings, options.format)
    else:
        print_texts(found.findings, sys.stdout)
        say(summary(found.findings) if found.findings else "no mistakes found")
    return ExitCode(found.exit_code)


def _several(options: argparse.Namespace) -> ExitCode:
    prepare(named_configuration(options), options.target or "")
    outcomes = []
    for outcome in each(sources(options.pipelines, options.exclude), lambda one: _check(options, one)):
        outcomes.append(outcome)
        if options.format == "text":
            print_texts(outcome.findings, sys.stdout)
    if options.format != "text":
        print_formatted((finding for one in outcomes for finding in one.findings), options.format)
    flush()
    report(outcomes, "checked")
    return exit_code(outcomes)


def _check(options: argparse.Namespace, pipeline: str) -> Outcome:
    options.pipeline = pipeline
    return check(pipeline, *read_inputs(options), options.target or "")
