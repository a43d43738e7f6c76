"""The image's entrypoint: one task from its command line to its outputs file and its exit code.

    python -m runnable_runtime --protocol N --spec JSON --inputs LINES [--outputs PATH]

`protocol` says what these are. A value `@/path` is read from that file: Argo passes long arguments so. Only the
standard library is imported, and little of it, because every pod waits for it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from runnable_runtime import __version__, protocol
from runnable_runtime.failures import BadInput, Stopped, TaskFailure
from runnable_runtime.files import write_atomically
from runnable_runtime.parameters import decode_lines, encode
from runnable_runtime.protocol import SpecError, TaskSpec
from runnable_runtime.signals import stop_on_sigterm
from runnable_runtime.task import run
from runnable_runtime.workdir import writable_view

_USAGE = "usage: python -m runnable_runtime --protocol N --spec JSON --inputs LINES [--outputs PATH] | --version"
_OPTIONS = ("--protocol", "--spec", "--inputs", "--outputs")
_LONGEST_LAST_WORDS = 2048
"""Bytes: Kubernetes keeps 4096 of a container's message, and shares 12 kB among a pod's containers."""


class _UsageError(Exception):
    pass


def main(arguments: Sequence[str]) -> int:
    """Run the task that `arguments` describe, and return the code to exit with (see `protocol`)."""
    if list(arguments) == ["--version"]:
        print(f"runnable_runtime {__version__}, task protocol {protocol.PROTOCOL_VERSION}")
        return protocol.EXIT_OK
    stop_on_sigterm()
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True)  # a pod's log shows what is printed when it is printed
    try:
        return _run(_options(arguments))
    except _UsageError as error:
        return _ended(protocol.EXIT_USAGE, str(error), _USAGE)
    except SpecError as error:
        return _ended(protocol.EXIT_BAD_INPUT, str(error))
    except TaskFailure as failure:
        return _ended(failure.exit_code, failure.message, failure.trace)
    except Stopped as stopped:
        return _ended(int(str(stopped.code)), "the task was stopped by SIGTERM")
    except KeyboardInterrupt:
        return _ended(130, "the task was interrupted")


def _run(options: dict[str, str]) -> int:
    if options["--protocol"] != str(protocol.PROTOCOL_VERSION):
        return _ended(
            protocol.EXIT_PROTOCOL,
            f"this task was compiled for task protocol {options['--protocol']}, and the image's runnable {__version__} "
            f"has protocol {protocol.PROTOCOL_VERSION}: rebuild the image with the runnable that compiles, or compile "
            "again with the image's",
        )
    spec = TaskSpec.from_json(_value(options, "--spec"))
    if spec.kind == "python":
        os.environ[protocol.INSIDE_TASK] = "1"
    parameters = decode_lines(_value(options, "--inputs"))
    project = Path.cwd()
    os.chdir(writable_view(project, _scratch()))
    outputs = encode(run(spec, parameters, project=project).outputs)
    path = options.get("--outputs", protocol.DEFAULT_OUTPUTS_PATH)
    try:
        write_atomically(project / path, f"{outputs}\n")
    except OSError as error:
        raise TaskFailure(f"the outputs cannot be written to {path}: {error.strerror}") from None
    return protocol.EXIT_OK


def _options(arguments: Sequence[str]) -> dict[str, str]:
    """The options by name. The protocol comes first: another version may have options that this one has not."""
    options = dict(zip(arguments[::2], arguments[1::2], strict=False))
    if options.get("--protocol", "") not in ("", str(protocol.PROTOCOL_VERSION)):
        return options
    unknown = [name for name in arguments[::2] if name not in _OPTIONS]
    if unknown:
        raise _UsageError(f"there is no option {unknown[0]!r}")
    if len(arguments) % 2:
        raise _UsageError(f"{arguments[-1]} needs a value")
    missing = [name for name in _OPTIONS[:3] if name not in options]
    if missing:
        raise _UsageError(f"{missing[0]} is missing")
    return options


def _value(options: dict[str, str], name: str) -> str:
    value = options[name]
    if not value.startswith("@/"):
        return value
    try:
        return Path(value[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{name} cannot be read from {value[1:]}: {error}") from None


def _scratch() -> Path:
    base = os.environ.get("TMPDIR") or Path(protocol.DEFAULT_OUTPUTS_PATH).parent
    return Path(base, f"work-{os.getpid()}")


def _ended(code: int, message: str, trace: str = "") -> int:
    """Say why the task ends, on stderr (the last line is the message) and where Kubernetes looks for it."""
    sys.stdout.flush()
    if trace:
        print(trace.rstrip("\n"), file=sys.stderr)
    print(message, file=sys.stderr, flush=True)
    last_words = message.encode("utf-8", "replace")[:_LONGEST_LAST_WORDS].decode("utf-8", "ignore")
    if Path(protocol.TERMINATION_LOG).exists():
        with suppress(OSError):  # it is on stderr already
            Path(protocol.TERMINATION_LOG).write_text(last_words, encoding="utf-8")
    return code
