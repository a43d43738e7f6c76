"""`runnable explain CODE`: what an error code means."""

from __future__ import annotations

import argparse
import sys

from runnable.diagnostics.codes import all_codes
from runnable.diagnostics.errors import ExitCode
from runnable.diagnostics.examples import example
from runnable.diagnostics.terminal import say


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
        say(f"there is no error code {options.code!r}; codes: {', '.join(known)}", file=sys.stderr)
        return ExitCode.USAGE
    shown = example(found.code)
    say(f"{found.code} {found.__name__} ({found.severity})\n\n{found.explanation}")
    say(f"\nwrong:\n\n{_indented(shown.wrong)}\n\nright:\n\n{_indented(shown.right)}")
    return ExitCode.OK


def _indented(blocks: str) -> str:
    """The code of the blocks, as a terminal shows it: a command after `$`."""
    lines: list[str] = []
    language = ""
    for line in blocks.splitlines():
        if line.startswith("```"):
            language = line[3:]
            lines += [""] if lines and language else []
        else:
            lines.append(f"    {'$ ' if language == 'sh' else ''}{line}".rstrip())
    return "\n".join(lines)
