"""The `runnable` command. Each subcommand is a module; none imports anything heavy before it is needed."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from importlib import import_module

from runnable.diagnostics.errors import ExitCode, InternalError, RunnableError
from runnable.diagnostics.wording import did_you_mean

_COMMANDS = (
    "run",
    "retry",
    "replay",
    "runs",
    "show",
    "logs",
    "explain-cache",
    "fsck",
    "check",
    "compile",
    "diff",
    "image",
    "submit",
    "status",
    "stop",
    "explain",
)
"""The subcommands; each is a module of this package of the same name, with `_` for `-`."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code (see `diagnostics.errors.ExitCode`, and docs/exit-codes.md)."""
    given = sys.argv[1:] if arguments is None else arguments
    if given and not given[0].startswith("-") and given[0] not in _COMMANDS:
        print(f"runnable: there is no command {given[0]!r}: {did_you_mean(given[0], _COMMANDS)}", file=sys.stderr)
        return ExitCode.USAGE
    asked = [name for name in given[:1] if name in _COMMANDS]
    options = _parser(asked or _COMMANDS).parse_args(given)
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
    except Exception as error:
        print(InternalError.of(error), file=sys.stderr)
        return ExitCode.INTERNAL


def _parser(names: Sequence[str]) -> argparse.ArgumentParser:
    """The parser of the subcommands `names`: what the others import is left out where one is asked for."""
    from runnable import __version__

    parser = argparse.ArgumentParser(
        prog="runnable",
        description="Python pipelines: run them here, check them, compile them for Kubernetes.",
        allow_abbrev=False,
    )
    parser.add_argument("--version", action="version", version=f"runnable {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", parser_class=_Command)
    for name in names:
        import_module(f"{__name__}.{name.replace('-', '_')}").add_to(commands)
    return parser


class _Command(argparse.ArgumentParser):
    """A subcommand, whose options may also stand between its arguments: `show RUN -c FILE STEP`.

    Python 3.11's argparse by itself takes an argument that may be left away as left away as soon as an option follows.
    """

    _mixing = False

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]
        """See the base class, which calls this once for the options, and once for the rest."""
        plain = self._mixing or any(a.nargs in (argparse.PARSER, argparse.REMAINDER) for a in self._actions)
        if plain:
            return super().parse_known_args(args, namespace)
        self._mixing = True
        try:
            return self.parse_known_intermixed_args(args, namespace)
        finally:
            self._mixing = False
