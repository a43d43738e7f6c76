"""`runnable explain CODE`: what an error code means."""

from __future__ import annotations

import argparse
import sys

from runnable.diagnostics.codes import all_codes
from runnable.diagnostics.errors import ExitCode


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("explain", allow_abbrev=False)
    parser.add_argument("code", metavar="CODE", help="such as RN301")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Print the explanation; USAGE for a code that does not exist."""
    known = {diagnostic.code: diagnostic for diagnostic in all_codes()}
    found = known.get(options.code.upper())
    if found is None:
        print(f"there is no error code {options.code!r}; codes: {', '.join(known)}", file=sys.stderr)
        return ExitCode.USAGE
    print(f"{found.code} {found.__name__} ({found.severity})\n\n{found.explanation}")
    return ExitCode.OK
