"""Which words can come next on a command line: for the completion of shells.

A candidate is a line, the word and after a tab what it is. `FILES` stands for whatever files there are, and `VALUES`
before others says that they are to be quoted.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from dataclasses import field
from itertools import islice

from runnable.cli import COMMANDS
from runnable.cli.parser import parser
from runnable.diagnostics.errors import RunnableError
from runnable_runtime.deferred import dataclass

FILES, VALUES = ":files", ":values"
_MOST = 500
_BREAKS = "=:"
"""What bash begins a new word after."""


def candidates(words: Sequence[str]) -> list[str]:
    """What the last of `words`, perhaps empty, can become; `words` are those after `runnable`, as they are meant."""
    *before, current = words
    if not before:
        known = {"--help": "show what there is", "--version": "show the version"} if current[:1] == "-" else COMMANDS
        return [f"{name}\t{what}" for name, what in known.items() if name.startswith(current)]
    if before[0] not in COMMANDS:
        return []
    line = _read(before)
    if line.awaited is not None:
        return _values(line.awaited, current, line)
    if current.startswith("-") and "=" in current:
        name, _, value = current.partition("=")
        action = line.parser._option_string_actions.get(name)
        found = _values(action, value, line) if action else []
        return [one if one.startswith(":") else f"{name}={one}" for one in found]
    if current.startswith("-"):
        return _options(line, current)
    return _values(line.positional, current, line) if line.positional else []


def words_of(line: str) -> list[str]:
    """The words of a line of a shell after the first one; the last one may have an open quote, or be empty."""
    words, current, quote, begun = [], "", "", False
    pending = iter(line)
    for character in pending:
        if quote:
            quote, current = ("", current) if character == quote else (quote, current + character)
        elif character in "'\"":
            quote, begun = character, True
        elif character == "\\":
            current, begun = current + next(pending, ""), True
        elif character.isspace():
            words += [current] if current or begun else []
            current, begun = "", False
        else:
            current += character
    return [*words, current][1:] or [""]


def without_broken_part(found: Sequence[str], current: str) -> list[str]:
    """Candidates without what bash takes for words of their own: all up to the last `=` or `:` of the present word."""
    length = 1 + max(current.rfind(character) for character in _BREAKS)
    return [one if one.startswith(":") else one[length:] for one in found]


@dataclass(slots=True)
class _Line:
    """What stands before the word: the parser of the command, its values so far, and which argument comes next.

    `awaited` is an option that still takes a value, `positional` the argument that a word without a dash would be.
    """

    parser: argparse.ArgumentParser
    awaited: argparse.Action | None = None
    positional: argparse.Action | None = None
    used: set[str] = field(default_factory=set)
    values: dict[str, str] = field(default_factory=dict)


def _read(words: Sequence[str]) -> _Line:
    subparsers = next(a for a in parser(COMMANDS, words[0])._actions if isinstance(a, argparse._SubParsersAction))
    line = _Line(subparsers.choices[words[0]])
    arguments = _positionals(line.parser)
    for word in words[1:]:
        if line.awaited is not None:
            line.values[line.awaited.dest], line.awaited = word, None
        elif word.startswith("-") and word != "-":
            _read_option(line, word)
        elif arguments:
            arguments = _read_argument(line, arguments, word)
    line.positional = arguments[0] if arguments else None
    return line


def _read_option(line: _Line, word: str) -> None:
    name, equals, value = word.partition("=")
    action = line.parser._option_string_actions.get(name)
    if action is None:
        return
    line.used.add(action.dest)
    if equals:
        line.values[action.dest] = value
    elif action.nargs != 0:
        line.awaited = action


def _read_argument(line: _Line, arguments: list[argparse.Action], word: str) -> list[argparse.Action]:
    """The arguments that are left after this one."""
    action, *others = arguments
    line.values.setdefault(action.dest, word)
    if isinstance(action, argparse._SubParsersAction):
        if word not in action.choices:
            return []
        line.parser = action.choices[word]
        return _positionals(line.parser)
    return arguments if action.nargs in ("+", "*") else others


def _positionals(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [action for action in parser._actions if not action.option_strings]


def _options(line: _Line, current: str) -> list[str]:
    """The options that can be added: long ones, unless a short one is asked for."""
    found = []
    for action in line.parser._actions:
        if action.help is argparse.SUPPRESS or (action.dest in line.used and not isinstance(action.default, list)):
            continue
        what = (action.help or "").replace("%%", "%").partition(";")[0]
        found += [f"{name}\t{what}" for name in action.option_strings if name.startswith(current) and name[:2] == "--"]
    return found


def _values(action: argparse.Action, current: str, line: _Line) -> list[str]:
    """What the argument can be, as far as that is known."""
    if isinstance(action, argparse._SubParsersAction) or action.choices is not None:
        return [str(one) for one in action.choices or () if str(one).startswith(current)]
    kind = str(action.metavar or "")
    if "FILE" in kind or "DIR" in kind:
        return [FILES]
    try:
        known = islice((one for one in _known(action, kind, line) if one.startswith(current)), _MOST)
        found = list(dict.fromkeys(known))
    except (RunnableError, OSError):
        return []
    return [VALUES, *found] if found else []


def _known(action: argparse.Action, kind: str, line: _Line) -> Iterator[str]:
    if kind == "CODE":
        from runnable.diagnostics.codes import all_codes

        yield from (f"{one.code}\t{one.__name__}" for one in all_codes())
    elif action.dest == "target":
        from runnable.targets import TARGETS

        yield from TARGETS
    elif kind == "RUN":
        yield from _runs(line)
    elif kind == "STEP":
        yield from _steps(action, line)
    elif action.dest in ("pipeline", "tag"):
        yield from filter(None, (getattr(header, action.dest) for header in _headers(line)))


def _runs(line: _Line) -> Iterator[str]:
    yield "latest\tthe newest run"
    for header in _headers(line):
        yield f"{header.run_id}\t{header.pipeline}, {header.status}"


def _headers(line: _Line):  # type: ignore[no-untyped-def]  # the types would be imported at each prompt
    from runnable.runs.lookup import newest_first
    from runnable_runtime.records.records import RunRecord

    for _, header in newest_first(_store(line)):
        if isinstance(header, RunRecord):
            yield header


def _steps(action: argparse.Action, line: _Line) -> Iterator[str]:
    """Paths of steps of the run that is named, else of the newest one; of the pipeline itself for `run --from`."""
    from runnable.runs.lookup import LATEST, find_run

    store = _store(line)
    record = store.read(find_run(store, line.values.get("run_id") or line.values.get("like") or LATEST))
    outermost = action.dest in ("begin", "only")
    for path, step in record.steps.items():
        if not (outermost and "." in path):
            yield f"{path}\t{step.kind}, {step.status}"


def _store(line: _Line):  # type: ignore[no-untyped-def]
    from runnable.cli.options import chosen_store

    return chosen_store(argparse.Namespace(config=line.values.get("config", "")))
