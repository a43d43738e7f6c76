"""The `runnable` command. Each subcommand is a module; none is imported before it is asked for."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress

from runnable.cli.parser import parser

COMMANDS = {
    "run": "run a pipeline where the configuration says",
    "execute": "run a pipeline, as `run` does: the name that the published package has for it",
    "retry": "resume a run where it stopped",
    "replay": "run a recorded task again, with its inputs",
    "runs": "list the runs that are recorded, newest first",
    "show": "show a recorded run, or a step of it",
    "verify": "show whether a run, or a manifest, is of this commit",
    "report": "write a recorded run as one HTML file",
    "timeline": "show a recorded run, and write its report: the name that the published package has for it",
    "ui": "show the runs in a browser, live",
    "resources": "suggest requests and limits by what runs have used",
    "logs": "print what steps have printed, here or on a cluster",
    "prune": "remove recorded runs, with their logs and files",
    "explain-cache": "show what a cached step's key is made of",
    "fsck": "check what is recorded, and repair it",
    "check": "report every mistake in pipelines",
    "plan": "show what a pipeline would run, and what that takes",
    "simulate": "show how long a run would take, and what it would cost",
    "describe": "show what a pipeline takes, does and returns",
    "compile": "compile pipelines for a target",
    "diff": "show what a pipeline changes in its manifests, or what differs between runs",
    "image": "build the image that steps run in",
    "submit": "run a pipeline on a cluster",
    "status": "show a workflow on a cluster",
    "stop": "end a workflow on a cluster",
    "approve": "let a step go on that waits for a person",
    "reject": "have a step fail that waits for a person",
    "doctor": "show what is wrong with this machine, the project and a cluster",
    "explain": "explain an error code",
    "completion": "print what makes a shell complete this command's words",
}
"""The subcommands, each a module of this package (`_` for `-`), and what each does."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; returns the exit code (see `diagnostics.errors.ExitCode`, and docs/exit-codes.md)."""
    given = sys.argv[1:] if arguments is None else arguments
    _have_streams()
    name = given[0] if given else ""
    if name and not name.startswith("-") and name not in COMMANDS:
        from runnable.diagnostics.terminal import say
        from runnable.diagnostics.wording import did_you_mean

        say(f"runnable: there is no command {name!r}: {did_you_mean(name, COMMANDS)}", file=sys.stderr)
        return 2
    options = parser(COMMANDS, name if name in COMMANDS else "").parse_args(given)
    from runnable.diagnostics.errors import ExitCode, InternalError, RunnableError
    from runnable.diagnostics.terminal import Unwritable, flush, say

    try:
        code = int(options.run(options))
        flush()
        return code
    except RunnableError as error:
        from runnable.diagnostics.colour import painted

        say(painted(str(error), sys.stderr), file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        return ExitCode.INTERRUPTED
    except BrokenPipeError:  # `runnable compile ... | head`
        _drop_output()
        return ExitCode.OUTPUT
    except Unwritable as error:
        say(f"error: what the command prints cannot be written: {error}", file=sys.stderr)
        _drop_output()
        return ExitCode.OUTPUT
    except Exception as error:
        say(InternalError.of(error), file=sys.stderr)
        return ExitCode.INTERNAL


def _have_streams() -> None:
    """Have a standard output and error also where they were closed when this process began."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w"))  # noqa: SIM115, PTH123 - until the end


def _drop_output() -> None:
    """Have Python not try again, at its end, to write what is left: it would say so with a traceback of its own."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError, AttributeError):
            os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())
