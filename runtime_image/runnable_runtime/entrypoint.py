"""The image's entrypoint: one task from its command line to its outputs file and its exit code.

    python -m runnable_runtime --protocol N --spec JSON --inputs LINES [--outputs PATH] [--parameters LINES]
    python -m runnable_runtime --protocol N --fused JSON --inputs LINES [--outputs PATH] [--parameters LINES]
    python -m runnable_runtime --protocol N --serve stdio

`protocol` says what these are. A value `@/path` is read from that file: Argo passes long arguments so. The second form
runs several tasks that share a pod, one after another (`fused`), the third serves a launcher that has the tasks
(`session`). Only the standard library is imported, and little of it, because every
pod waits for it. A task that writes its own record (`recording.pod`) is given the parameters of the run for that.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from runnable_runtime import __version__, garbage, protocol
from runnable_runtime import container as contained
from runnable_runtime.failures import BadInput, Stopped, TaskFailure
from runnable_runtime.process.files import write_atomically
from runnable_runtime.process.init import stay_behind_as_process_1
from runnable_runtime.process.signals import stop_on_sigterm
from runnable_runtime.protocol import SpecError, TaskSpec
from runnable_runtime.task import load
from runnable_runtime.telemetry import attempt_of
from runnable_runtime.values.parameters import encode_last_line, encode_lines

if TYPE_CHECKING:
    from runnable_runtime.records.pod import PodRecord
    from runnable_runtime.redaction import Redactor

_USAGE = (
    "usage: python -m runnable_runtime --protocol N --spec JSON --inputs LINES [--outputs PATH] [--parameters LINES] "
    "| --protocol N --fused JSON --inputs LINES … | --protocol N --serve stdio | --version"
)
_OPTIONS = ("--protocol", "--spec", "--fused", "--inputs", "--outputs", "--parameters", "--serve")
_NEEDED = ("--protocol", "--spec", "--inputs")
_LONGEST_LAST_WORDS = 2048
"""The longest last message, in bytes: Kubernetes keeps 4096 for a container, and 12 kB for all containers of a pod."""


class _UsageError(Exception):
    pass


def main(arguments: Sequence[str]) -> int:
    """Run the task that `arguments` describe, and return the code to exit with (see `protocol`)."""
    if list(arguments) == ["--version"]:
        print(f"runnable_runtime {__version__}, task protocol {protocol.PROTOCOL_VERSION}")
        return protocol.EXIT_OK
    if hasattr(sys.stdout, "reconfigure"):
        sys.stdout.reconfigure(line_buffering=True)  # a pod's log shows what is printed when it is printed
    attempt = _Attempt()
    with ExitStack() as output:  # what is left of it is shown when all has been said
        code = attempt.perform(arguments, output)
    return attempt.recorded(code)


class _Attempt:
    """One task, and its record if it writes its own."""

    def __init__(self) -> None:
        self._record: PodRecord | None = None
        self._why = Path()

    def perform(self, arguments: Sequence[str], output: ExitStack) -> int:
        """Run the task, say why it ends, and return the code to exit with."""
        try:
            return self._run(_options(arguments), output)
        except _UsageError as error:
            return _ended(protocol.EXIT_USAGE, str(error), _USAGE)
        except SpecError as error:
            return _ended(protocol.EXIT_BAD_INPUT, str(error))
        except TaskFailure as failure:
            if self._record is not None:
                self._record.failed(failure)
            return _ended(failure.exit_code, failure.message, failure.trace)
        except Stopped as stopped:
            return self._stopped(int(str(stopped.code)), "the task was stopped by SIGTERM")
        except KeyboardInterrupt:
            return self._stopped(130, "the task was interrupted")

    def recorded(self, code: int) -> int:
        """Write how it ended, now that nothing more is printed: `code`, or that of a record that cannot be written."""
        if self._record is None:
            return code
        try:
            self._record.write_end()
        except TaskFailure as failure:
            _ended(failure.exit_code, failure.message)
            return code or failure.exit_code
        return code

    def _run(self, options: dict[str, str], output: ExitStack) -> int:
        if options["--protocol"] != str(protocol.PROTOCOL_VERSION):
            return _ended(
                protocol.EXIT_PROTOCOL,
                f"this task was compiled for task protocol {options['--protocol']}, and the image's runnable "
                f"{__version__} has protocol {protocol.PROTOCOL_VERSION}: rebuild the image with the runnable that "
                "compiles, or compile again with the image's",
            )
        if "--serve" in options:
            return _serve(options)
        stay_behind_as_process_1()
        stop_on_sigterm()
        if "--fused" in options:
            return _run_fused(options)
        self._why = Path(options.get("--outputs", protocol.DEFAULT_OUTPUTS_PATH) + protocol.WHY_STOPPED).absolute()
        spec = TaskSpec.from_json(_value(options, "--spec"))
        inputs = _value(options, "--inputs")
        redactor = _redactor(spec) if spec.secrets else None
        project = Path.cwd()
        scratch = contained.scratch_folder() / f"work-{os.getpid()}"
        if spec.place and protocol.RUN_LOG_VARIABLE in os.environ:
            self._record = _begin_record(spec, inputs, _value(options, "--parameters"), redactor, output)
        elif redactor is not None:
            _hide_output(redactor, None, output)
        _settle(spec)
        try:
            with attempt_of(spec, inputs, redactor):
                result = contained.run(spec, inputs, scratch, None if self._record is None else self._record.notebook)
            path = options.get("--outputs", protocol.DEFAULT_OUTPUTS_PATH)
            printed = path == protocol.OUTPUTS_PRINTED
            outputs = encode_last_line(result.outputs) if printed else encode_lines(result.outputs)
        except TaskFailure as failure:
            if redactor is not None:
                failure.message, failure.trace = redactor.message(failure.message), redactor.message(failure.trace)
            if spec.reports:
                _leave_message(project, options.get("--outputs", protocol.DEFAULT_OUTPUTS_PATH), failure.message)
            raise
        _write(project, path, outputs)
        if self._record is not None:
            self._record.succeeded(result)
        return protocol.EXIT_OK

    def _stopped(self, code: int, message: str) -> int:
        why = ""
        with suppress(OSError):
            why = self._why.read_text(encoding="utf-8")
        if self._record is not None and why:
            from runnable_runtime.records.records import Status

            self._record.interrupted(why, Status.FAILED)
        elif self._record is not None:
            self._record.interrupted(message)
        return _ended(code, why or message)


def _settle(spec: TaskSpec) -> None:
    """The user's code begins: for garbage is looked again, though never among what was loaded for it."""
    if spec.kind == "python":
        load(spec.kind)
    garbage.settle()


def _write(project: Path, path: str, outputs: str) -> None:
    if path == protocol.OUTPUTS_PRINTED:
        print(outputs, flush=True)
        return
    try:
        write_atomically(project / path, f"{outputs}\n")
    except OSError as error:
        raise TaskFailure(f"the outputs cannot be written to {path}: {error.strerror}") from None


def _leave_message(project: Path, path: str, message: str) -> None:
    from runnable_runtime.values.last_words import error_line

    with suppress(TaskFailure):  # the task has failed already, and says why
        _write(project, path, error_line(message))


def _begin_record(
    spec: TaskSpec, inputs: str, parameters: str, redactor: Redactor | None, output: ExitStack
) -> PodRecord:
    """Record that the task begins; from now on what it prints is copied for its record."""
    from runnable_runtime.records.pod import PodRecord

    scratch = contained.scratch_folder() / f"record-{os.getpid()}"
    record = PodRecord(spec, inputs, redactor, scratch)
    _hide_output(redactor, record.log, output)
    record.begin(parameters)
    return record


def _hide_output(redactor: Redactor | None, log: Path | None, output: ExitStack) -> None:
    """Keep secrets out of what is printed from now on, and copy it to the file `log`."""
    from runnable_runtime.process.hidden_output import hide

    output.callback(hide(redactor, log))


def _redactor(spec: TaskSpec) -> Redactor:
    """For the secrets that the task names. Raises BadInput if one is not there."""
    from runnable_runtime.redaction import Redactor

    missing = [name for name in spec.secrets if name not in os.environ]
    if missing:
        raise BadInput(f"the environment lacks the secrets {', '.join(missing)}, which the task names")
    return Redactor.of_variables(spec.secrets, os.environ)


def _run_fused(options: dict[str, str]) -> int:
    """Run the tasks that share this pod. The one that has failed is named in the last words."""
    garbage.resume()
    from runnable_runtime.fused.pod import run
    from runnable_runtime.fused.spec import FusedSpec

    project = Path.cwd()
    spec = FusedSpec.from_json(_value(options, "--fused"))
    ended = run(spec, _value(options, "--inputs"), _value(options, "--parameters"))
    path = options.get("--outputs", protocol.DEFAULT_OUTPUTS_PATH)
    if ended.code == protocol.EXIT_OK:
        _write(project, path, ended.outputs)
        return ended.code
    if ended.outputs:
        with suppress(TaskFailure):  # the pod has failed already, and says why
            _write(project, path, ended.outputs)
    return _ended(ended.code, ended.words)


def _serve(options: dict[str, str]) -> int:
    """Serve a launcher, or a pod of several tasks, and as one of the forks, run the task that it has sent."""
    garbage.resume()
    if options["--serve"] != "stdio":
        import json

        from runnable_runtime.fused.nursery import serve as give_birth

        arguments = give_birth(int(options["--serve"]), json.loads(options["--inputs"]))
        if arguments is None:
            return protocol.EXIT_OK
        from runnable_runtime.process.ending import leave, open_files

        before = open_files()
        return leave(main(arguments), before)
    from runnable_runtime.session.server import serve

    assignment = serve(str(contained.scratch_folder()))
    return protocol.EXIT_OK if assignment is None else assignment.perform()


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
    serve = options.get("--serve", "stdio")
    if serve != "stdio" and not (serve.isdecimal() and "--inputs" in options):
        raise _UsageError("--serve is 'stdio'")
    if "--fused" in options and "--spec" in options:
        raise _UsageError("--spec and --fused say both what to run")
    known = {*options, *(["--spec"] if "--fused" in options else [])}
    missing = [name for name in _NEEDED if name not in known and "--serve" not in options]
    if missing:
        raise _UsageError(f"{missing[0]} is missing")
    return options


def _value(options: dict[str, str], name: str) -> str:
    """The value of an option; empty for one that is not given, as only one that need not be is."""
    value = options.get(name, "")
    if not value.startswith("@/"):
        return value
    try:
        return Path(value[1:]).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BadInput(f"{name} cannot be read from {value[1:]}: {error}") from None


def _ended(code: int, message: str, trace: str = "") -> int:
    """Write why the task ends to stderr (the last line is the message) and to Kubernetes' termination message."""
    sys.stdout.flush()
    if trace:
        print(trace.rstrip("\n"), file=sys.stderr)
    print(message, file=sys.stderr, flush=True)
    last_words = message.encode("utf-8", "replace")[:_LONGEST_LAST_WORDS].decode("utf-8", "ignore")
    own = os.environ.get(protocol.SHARED_VARIABLE)
    if own or Path(protocol.TERMINATION_LOG).exists():
        with suppress(OSError):  # it is on stderr already
            Path(own or protocol.TERMINATION_LOG).write_text(last_words, encoding="utf-8")
    return code
