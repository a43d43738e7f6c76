"""The `runnable` command. Each subcommand is a module; none imports anything heavy before it is needed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from runnable.cli import check, compile, explain, run
from runnable.diagnostics.errors import ExitCode, RunnableError

_COMMANDS = (run, check, compile, explain)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code (see `diagnostics.errors.ExitCode`, and docs/exit-codes.md)."""
    parser = _parser()
    options = parser.parse_args(arguments)
    try:
        return int(options.run(options))
    except RunnableError as error:
        print(error, file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:  # `runnable compile ... | head`
        sys.stderr.close()
        return ExitCode.OUTPUT


def _parser() -> argparse.ArgumentParser:
    from runnable import __version__

    parser = argparse.ArgumentParser(
        prog="runnable",
        description="Python pipelines: run them here, check them, compile them for Kubernetes.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"runnable {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in _COMMANDS:
        command.add_to(commands)
    return parser
