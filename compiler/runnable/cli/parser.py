"""The parser of the command line: argparse, with what was probably meant where something is not known."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any, NoReturn


def parser(commands: Mapping[str, str], asked: str = "") -> argparse.ArgumentParser:
    """The parser of `commands`, names with what they do; only `asked` has its options, for which it is imported."""
    from runnable_runtime import __version__

    root = argparse.ArgumentParser(
        prog="runnable",
        description="Python pipelines: run them here, check them, compile them for Kubernetes.",
        epilog="`runnable COMMAND --help` describes a command.",
        allow_abbrev=False,
        formatter_class=Formatter,
    )
    root.add_argument("--version", action="version", version=f"runnable {__version__}")
    inner = root.add_subparsers(
        title="commands", prog="runnable", required=True, metavar="COMMAND", parser_class=Command
    )
    for name, what in commands.items() if not asked else [(asked, commands[asked])]:
        if asked:
            import_module(f"runnable.cli.{name.replace('-', '_')}").add_to(inner)
            inner.choices[name].description = f"{what[:1].upper()}{what[1:]}."
        else:
            inner.add_parser(name, help=what)
    return root


class Formatter(argparse.HelpFormatter):
    """Argparse's own, which imports three ways to compress files to find the width of the terminal."""

    def __init__(self, prog: str, indent_increment: int = 2, max_help_position: int = 24, width: int | None = None):
        super().__init__(prog, indent_increment, max_help_position, width or _columns() - 2)


def _columns() -> int:
    """The width of the terminal, as `shutil.get_terminal_size` finds it."""
    try:
        return int(os.environ["COLUMNS"]) or _of_terminal()
    except (KeyError, ValueError):
        return _of_terminal()


def _of_terminal() -> int:
    try:
        return os.get_terminal_size(sys.__stdout__.fileno()).columns or 80  # type: ignore[union-attr]
    except (AttributeError, ValueError, OSError):
        return 80


class Command(argparse.ArgumentParser):
    """A subcommand, whose options may also stand between its arguments: `show RUN -c FILE STEP`.

    Python 3.11's argparse by itself takes an argument that may be left away as left away as soon as an option follows.
    An option that it does not have is its own error, not that of the whole command line.
    """

    _mixing = False

    def __init__(self, **options: Any) -> None:
        super().__init__(**{"formatter_class": Formatter, **options})

    def parse_known_args(self, args=None, namespace=None):  # type: ignore[no-untyped-def]
        """See the base class, which calls this once for the options, and once for the rest."""
        nested = any(a.nargs in (argparse.PARSER, argparse.REMAINDER) for a in self._actions)
        if self._mixing or nested:
            return super().parse_known_args(args, namespace)
        self._mixing = True
        try:
            found, unknown = self.parse_known_intermixed_args(args, namespace)
        finally:
            self._mixing = False
        if unknown:
            self._refuse(unknown)
        return found, unknown

    def _refuse(self, unknown: Sequence[str]) -> NoReturn:
        option = next((one for one in unknown if one.startswith("-")), "")
        if not option:
            self.error(f"there is no place for the argument {unknown[0]!r}")
        from runnable.diagnostics.wording import nearest

        name = option.partition("=")[0]
        near = nearest(name, [one for one in self._option_string_actions if one.startswith("--")])
        self.error(f"there is no option {name}" + (f": did you mean {near}?" if near else ""))

    def _check_value(self, action: argparse.Action, value: Any) -> None:
        if action.choices is not None and value not in action.choices:
            raise argparse.ArgumentError(action, unknown(str(value), [str(one) for one in action.choices]))


def unknown(value: str, known: Sequence[str]) -> str:
    """That `value` is none of `known`, and which one was probably meant."""
    from runnable.diagnostics.wording import nearest

    near = nearest(value, known)
    advice = f"did you mean {near!r}?" if near else f"choose from {', '.join(known)}"
    return f"there is no {value!r}: {advice}"
