"""A shell task: run a command line, stream its output, collect the variables that it exported."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
import tempfile
from collections.abc import Collection, Mapping
from pathlib import Path

from runnable_runtime.deferred import pattern
from runnable_runtime.failures import BadInput, BadReturn, UserCodeFailed
from runnable_runtime.process.environment import steers
from runnable_runtime.protocol import Json, ReturnSpec, TaskSpec
from runnable_runtime.stores.objects import Objects
from runnable_runtime.tasks.process import Ended, run_streaming
from runnable_runtime.values.encoding import to_json
from runnable_runtime.values.reference import Reference, has_object
from runnable_runtime.values.texts import returned, text_of

_VARIABLE = pattern(r"[A-Za-z_][A-Za-z0-9_]*")
_RESERVE = 64 * 1024
"""Bytes of what a program can be given that are left to the command's own exports."""
_LONGEST_VARIABLE = 128 * 1024 - 1
"""The longest `name=value` that Linux takes, in bytes (MAX_ARG_STRLEN, with the NUL at the end)."""


def run(
    spec: TaskSpec, parameters: Mapping[str, Json], environment: Mapping[str, str], objects: Objects
) -> tuple[dict[str, Json], dict[str, Json]]:
    """Run the command line of `spec` with ``/bin/sh -c``, in the current folder.

    Its environment is this process's, then `environment`, then the parameters: texts as they are, other values as
    JSON. Parameters whose names are no variable names are left out, and so are objects: a variable holds text.

    Returns:
        The outputs, from the exported variables, and the parameters that the command got.

    Raises:
        UserCodeFailed: the command ended with another code than 0, or by a signal.
        BadReturn: a declared return was not exported.
        BadInput: a parameter that the command names does not fit into an environment, or one would replace what steers
            it, or a secret.
    """
    given = {n: value for n, value in parameters.items() if _VARIABLE.fullmatch(n) and not has_object(value)}
    _check_names(given, spec.secrets)
    others = {**os.environ, **environment}
    variables = {**others, **_fitting(_as_variables(given, objects, spec.target), others, spec.target)}
    if not spec.returns:
        _check(_start(spec.target, variables))
        return {}, given
    with tempfile.TemporaryDirectory(prefix="runnable-shell-") as scratch:
        exports = Path(scratch, "exports")
        names = [one.name for one in spec.returns]
        _check(_start(_collecting(spec.target, exports, names), variables))
        return _returned(spec.returns, exports), given


def _check_names(given: Mapping[str, Json], secrets: Collection[str]) -> None:
    for name in given:
        if steers(name):
            raise BadInput(f"the parameter {name!r} would replace the variable that decides what runs: rename it")
        if name in secrets:
            raise BadInput(f"the parameter {name!r} would replace the secret of that name: rename one of them")


def _start(script: str, variables: dict[str, str]) -> Ended:
    try:
        return run_streaming(["/bin/sh", "-c", script], variables)
    except OSError as error:
        size = sum(len(os.fsencode(name)) + len(os.fsencode(value)) + 2 for name, value in variables.items())
        raise BadInput(f"the shell cannot be started with an environment of {size:,} bytes: {error.strerror}") from None


def _check(ended: Ended) -> None:
    if ended.code == 0:
        return
    reason = f": {ended.last_error}" if ended.last_error else ""
    if ended.code < 0:
        raise UserCodeFailed(f"command was ended by signal {-ended.code}{reason}")
    raise UserCodeFailed(f"command exited with {ended.code}{reason}")


def _fitting(variables: dict[str, str], others: Mapping[str, str], command: str) -> dict[str, str]:
    """Those of the parameters' variables that fit beside `others` and the command; the largest are left out."""
    room = os.sysconf("SC_ARG_MAX") - 2 * len(os.fsencode(command)) - _RESERVE
    room -= sum(_size(name, value) for name, value in others.items() if name not in variables)
    sizes = {name: _size(name, value) for name, value in variables.items()}
    needed = sum(sizes.values())
    for name in sorted(sizes, key=sizes.__getitem__, reverse=True):
        if needed <= room:
            break
        needed -= sizes[name]
        _leave_out(name, sizes.pop(name), command)
    return {name: variables[name] for name in variables if name in sizes}


def _size(name: str, value: str) -> int:
    """Bytes that a variable takes of what a program can be given: ``name=value``, a NUL, and a pointer."""
    return len(os.fsencode(name)) + len(os.fsencode(value)) + 2 + 8


def _collecting(command: str, exports: Path, names: list[str]) -> str:
    """`command`, with its exported variables written to the file `exports` when it ends.

    The trap is for commands that say `exit`, the lines at the end for those with an EXIT trap of their own. The first
    line of `command` stays the first line, for the numbers in the shell's messages; `>|` writes under `set -C` too.
    Where `env` cannot be started, because a variable is longer than a program can be given, the shell itself writes
    those of `names`.
    """
    env = shutil.which("env") or "/usr/bin/env"  # by its path: the command may change PATH
    file = shlex.quote(str(exports))
    each = "; ".join(f'[ -z "${{{name}+x}}" ] || printf "%s=%s\\0" {name} "${name}"' for name in names)
    dump = f"{{ {shlex.quote(env)} -0 >| {file} || {{ {each}; }} >| {file}; }} 2>/dev/null"
    return f"trap {shlex.quote(dump)} EXIT; {command}\n\n__runnable_status=$?; {dump}; exit $__runnable_status"


def _returned(returns: tuple[ReturnSpec, ...], exports: Path) -> dict[str, Json]:
    text = os.fsdecode(exports.read_bytes()) if exports.exists() else ""
    exported = dict(entry.split("=", 1) for entry in text.split("\0") if "=" in entry)
    missing = [one.name for one in returns if one.name not in exported]
    if missing:
        names = ", ".join(missing)
        raise BadReturn(f"the command did not export {names}: write `export {missing[0]}=...` in it")
    values = {one.name: returned(exported[one.name], metric=one.kind == "metric") for one in returns}
    return {name: to_json(value, name) for name, value in values.items()}


def _as_variables(parameters: Mapping[str, Json], objects: Objects, command: str) -> dict[str, str]:
    variables: dict[str, str] = {}
    for name, stored in parameters.items():
        if isinstance(stored, Reference) and stored.at is None and stored.size > _LONGEST_VARIABLE:
            _leave_out(name, stored.size, command)
            continue
        value = objects.load(stored, name)
        text = text_of(value)
        try:
            size = len(os.fsencode(f"{name}={text}"))
        except UnicodeEncodeError:
            raise BadInput(f"the parameter {name!r} has a text that no environment variable can hold") from None
        if "\0" in text:
            raise BadInput(f"the parameter {name!r} has a NUL character, which no environment variable can hold")
        if size > _LONGEST_VARIABLE:
            _leave_out(name, size, command)
        else:
            variables[name] = text
    return variables


def _leave_out(name: str, size: int, command: str) -> None:
    """Say that a parameter is no variable. Raises BadInput if `command` reads it: it would find nothing there."""
    if re.search(rf"\$(?:{{[#!]?)?{name}\b", command):
        raise BadInput(
            f"the command reads ${name}, and {name!r} ({size:,} bytes) is too large for a variable: "
            "read it in a PythonTask, or hand it on as a file (catalog)"
        )
    print(f"runnable: {name!r} ({size:,} bytes) is too large for a variable and is left out", file=sys.stderr)
