"""The contract between whatever starts a task (a pod, a container, a local process) and the code that runs it.

A task is started with a *spec* (what to run, JSON), its *inputs* (JSON Lines) and a file to write its *outputs* to
(one line of JSON). It ends with one of the exit codes below. Every backend uses this module and nothing else to talk
to a task, so a change here that an older image would misread must raise `PROTOCOL_VERSION`.

Inputs are text with one JSON document a line, blank lines ignored; later lines win:

* an object gives parameters: ``{"x": 1, "y": [2, 3]}``;
* an array of two strings gives one parameter as the text a person typed: ``["x", "1"]``. The text is decoded as JSON
  where it is JSON, and is a string where it is not, or where it is a number that JSON would write otherwise;
* a third string, ``["x", "1", "str"]``, is the kind of value that the parameter is declared with
  (`runnable_runtime.values.declared`);
* ``["item", "x", "xs", [3, 1000, "paris"]]`` gives `x` the text "paris", which is item 3 of the 1,000 of `xs` (a
  fan-out's item). With ``[3, 1000, "<line>", 1]`` it is what the line gives `xs`, one of a fan-out's results. Without
  either, ``[3, 1000]``, it is item 3 of the list that is `xs` in the lines above;
* ``["number", [3, 1000]]`` says the same of a task that does not read the item;
* ``["iteration", "n", 3]`` gives `n` the number of a loop's iteration;
* ``["object", "df", {…}]`` gives `df` a value that is in the store of the run (`runnable_runtime.values.reference`);
* ``["each", ["y", "z"], [{"out": "<lines>"}, …], "max"]`` gives `y` and `z` the lists of their values in those lines,
  one for each entry, all of which must have the name (a fan-out's results). The last element is the name of a builtin
  that makes one value of each list (`REDUCERS`), or is left out.

Outputs are such lines: for each name an object of one value, or a line for what is in the store. What one task writes
is valid as a part of the next one's inputs, which is why composites can pass data on by joining texts.
"""

from __future__ import annotations

import json
import re
from typing import Any, Literal, get_args

from runnable_runtime.deferred import dataclass

PROTOCOL_VERSION = 1

# Exit codes. 64, 65, 137 and 143 are avoided: Argo's executor and its sidecars give them a meaning of their own.
EXIT_OK = 0
EXIT_TASK_FAILED = 1
"""The user's code failed: an exception, a non-zero shell, a return that does not fit."""
EXIT_USAGE = 2
"""The entrypoint was called with arguments that it does not have."""
EXIT_BAD_INPUT = 3
"""The inputs do not fit the task: a parameter is missing, or has the wrong type, or the text is not JSON Lines."""
EXIT_PROTOCOL = 4
"""The manifest was compiled for another protocol version than the image has."""
EXIT_STORAGE = 5
"""A file, object or large value could not be had from the store, or not be kept in it."""

TERMINATION_LOG = "/dev/termination-log"
"""Where Kubernetes reads a container's last words (its `terminationMessagePath` default)."""
DEFAULT_OUTPUTS_PATH = "/tmp/runnable/outputs.json"  # noqa: S108 - a pod's own scratch volume
"""Where a pod's task leaves its outputs."""

PROTOCOL_LABEL = "io.runnable.task-protocol"
"""A label on an image: the version of the protocol that it has."""

PARAMETER_PREFIX = "RUNNABLE_PRM_"
"""Environment variables of this prefix give parameters, stronger than a parameters file."""

RUN_ID_VARIABLE = "RUNNABLE_RUN_ID"
"""A task sees the id of its run in this environment variable ..."""
ATTEMPT_VARIABLE = "RUNNABLE_STEP_ATTEMPT"
"""... and which attempt it is, from 1, in this one."""
STORE_VARIABLE = "RUNNABLE_STORE"
"""Where the store of files, objects and large values is (`stores.settings`); not there where there is none."""
ARTIFACTS_VARIABLE = "RUNNABLE_ARTIFACTS"
"""What a pod keeps in `ARTIFACTS_FOLDER` for Argo to take (`artifacts`); not there where that is nothing."""
ARTIFACTS_FOLDER = "/tmp/runnable/artifacts"  # noqa: S108 - a pod's own scratch volume
DATA_FOLDER_VARIABLE = "RUNNABLE_DATA_FOLDER"
"""The folder, in a task's working folder, that the paths of its catalog are relative to."""
SPILL_VARIABLE = "RUNNABLE_SPILL_ABOVE"
"""Bytes of a JSON value that goes to the store, where the configuration says so."""
RUN_LOG_VARIABLE = "RUNNABLE_RUN_LOG"
"""Where the records of runs are, as `stores.settings` encodes it, if a task writes its own; not there otherwise."""
RUN_VARIABLE = "RUNNABLE_RUN"
"""What such a task records of its run: a JSON object with its `pipeline` and `source`, see `recording.records`.

If the run is this task alone, `attempts` is how many there are at most: the end of the last one is the end of the run.
"""
WORKFLOW_VARIABLE = "RUNNABLE_WORKFLOW"
"""The workflow that such a task is of: ``namespace/name``, or ``job/namespace/name`` for a Job of Kubernetes."""
POD_VARIABLE = "RUNNABLE_POD"
NODE_VARIABLE = "RUNNABLE_NODE"
"""The names of the pod and of the node that such a task runs on."""
SHARED_VARIABLE = "RUNNABLE_LAST_WORDS"
"""Set for a task that shares its pod with others (`fused`): the file for its last words. What the container has used is
not this task's alone, then."""
TRACED_VARIABLE = "RUNNABLE_TRACED"
"""Set for a task whose launcher makes the span of its attempt (`telemetry`), so that the task itself makes none."""
WHY_STOPPED = ".why"
"""The end of the name of a file beside such a task's outputs: there, where its time is up, is the reason to end."""
INSIDE_TASK = "RUNNABLE_INSIDE_TASK"
"""Set in a pod while a Python task runs: a pipeline that its module executes when imported must not run again."""
KERNELS_VARIABLE = "RUNNABLE_KERNELS"
"""Where the socket of the nursery is that forks kernels for the notebooks of a run on this machine."""

REDUCERS = ("all", "any", "len", "list", "max", "min", "sorted", "sum")
"""The builtins that a fan-out's results can be reduced with wherever they are read, without a task of its own."""


def is_lambda(reducer: str) -> bool:
    """Whether a reducer is the text of a lambda, and not a path such as ``lambdas:total``."""
    return re.match(r"lambda[\s:*]", reducer) is not None


LONGEST_ARGUMENT = 32_000
"""Characters of a value in an argument of a program: Linux takes 128 KiB, and Argo hands longer ones on otherwise."""
URL_CHARACTERS = "A-Za-z0-9._~:/?#@!$&()*+,;=%-"
"""What an address with values in it may have, as a regular expression has it; a value has to be quoted before."""
OUTPUTS_PRINTED = "-"
"""In place of a path: the outputs are printed, as the last line."""
STREAM_END = "done"
"""The type of an async generator's last event, unless its step says another."""

ReturnKind = Literal["json", "metric", "object", "auto"]
TaskKind = Literal["python", "shell", "notebook", "reduce", "stub", "container", "approval", "template", "http"]
Json = Any
"""A value of JSON: None, bool, int, float, str, list or dict with string keys."""


class SpecError(ValueError):
    """A task's spec is not one that this version understands."""


@dataclass(frozen=True, slots=True)
class ReturnSpec:
    """One declared return: its name, and whether it is also listed as a metric, or is kept in the store (`object`).

    `auto`: it is kept there if it is not JSON.
    """

    name: str
    kind: ReturnKind = "json"

    def encode(self) -> str:
        """``x``, or ``metric:score``: the form that a spec's JSON uses."""
        return self.name if self.kind == "json" else f"{self.kind}:{self.name}"

    @classmethod
    def decode(cls, text: str) -> ReturnSpec:
        """The inverse of `encode`. Raises `SpecError` for an unknown kind."""
        kind, colon, name = text.rpartition(":")
        if not colon:
            return cls(name)
        if kind in ("metric", "object", "auto"):
            return cls(name, kind)  # type: ignore[arg-type]  # mypy does not narrow by `in`
        raise SpecError(f"unknown kind of return {text!r}")


@dataclass(frozen=True, slots=True)
class Argument:
    """What a task gets as `name`: the value of the parameter called `parameter`, or if that is empty, `value`."""

    name: str
    parameter: str = ""
    value: Json = None

    def to_json(self) -> dict[str, Json]:
        """Where the value is from, without the name."""
        return {"parameter": self.parameter} if self.parameter else {"value": self.value}

    @classmethod
    def from_json(cls, name: str, document: Json) -> Argument:
        """The inverse of `to_json`. Raises `SpecError` for anything else."""
        match document:
            case {"parameter": str() as parameter, **rest} if parameter and not rest:
                return cls(name, parameter)
            case {"value": value, **rest} if not rest:
                return cls(name, value=value)
            case _:
                raise SpecError(f"the argument {name!r} in the task's spec is neither a parameter nor a value")


@dataclass(frozen=True, slots=True)
class Fan:
    """What a workflow keeps of the items of one fan-out over the list `over`.

    `each`: bytes for an item, compressed. `names`: how often it keeps the item's own text, in places too far from each
    other to be compressed together. `inner`: the fan-outs over items that are lists themselves.
    """

    over: str
    each: int
    names: int
    inner: tuple[Fan, ...] = ()

    def to_json(self) -> list[Json]:
        """The fields as a list, without `inner` if that is empty."""
        return [self.over, self.each, self.names, *([[fan.to_json() for fan in self.inner]] if self.inner else [])]

    @classmethod
    def from_json(cls, document: Json) -> Fan:
        """The inverse of `to_json`. Raises `SpecError` for anything else."""
        match document:
            case [str() as over, int() as each, int() as names, *rest]:
                return cls(over, each, names, tuple(cls.from_json(fan) for fans in rest for fan in fans))
            case _:
                raise SpecError("a fan-out in the task's spec is not one")


@dataclass(frozen=True, slots=True)
class Room:
    """What the object that a workflow is kept in has room for, of what one task returns.

    `available`: bytes of its state, compressed. `copies`: how often that keeps what the task returns. `each`: bytes,
    compressed, for each item of the fan-outs around the task. `fans`: those over lists that the task returns.
    """

    available: int
    copies: int = 0
    each: int = 0
    fans: tuple[Fan, ...] = ()

    def to_json(self) -> list[Json]:
        """The fields as a list, without `fans` if that is empty."""
        return [self.available, self.copies, self.each, *([[fan.to_json() for fan in self.fans]] if self.fans else [])]

    @classmethod
    def from_json(cls, document: Json) -> Room | None:
        """The inverse of `to_json`; None for an empty list. Raises `SpecError` for anything else."""
        match document:
            case []:
                return None
            case [int() as available, int() as copies, int() as each, *rest]:
                return cls(available, copies, each, tuple(Fan.from_json(fan) for fans in rest for fan in fans))
            case _:
                raise SpecError("the room in the task's spec is not one")


@dataclass(frozen=True, slots=True)
class Lookup:
    """How a task is looked up in the cache that the store has (`stores.step_cache`).

    `digest` is of what is known when a manifest is compiled: code, image and environment. `max_age`: for how many
    seconds what is found there is good; 0 for ever.
    """

    digest: str
    max_age: int = 0

    def to_json(self) -> list[Json]:
        """The fields as a list."""
        return [self.digest, self.max_age]

    @classmethod
    def from_json(cls, document: Json) -> Lookup | None:
        """The inverse of `to_json`; None for an empty list. Raises `SpecError` for anything else."""
        match document:
            case []:
                return None
            case [str() as digest, int() as max_age]:
                return cls(digest, max_age)
            case _:
                raise SpecError("the lookup in the task's spec is not one")


@dataclass(frozen=True, slots=True)
class TaskSpec:
    """What one task runs.

    `target` is ``module:qualified.name`` for a Python function, the command line for a shell, the notebook's path
    relative to the project for a notebook, empty for a stub, a request as JSON for `http` (`tasks.http`),
    and the image for a container: that has no runtime in it, and such a spec only says which step it is, as those of
    approvals and of others' templates do. `import_path` has the folders, relative to the
    project, that must be importable beside the project itself. `name` is the step's path, for messages. `exported` has
    the parameters that the task also gets as environment variables (the number of a loop's iteration). `get` and `put`
    are patterns of files that come from the catalog before the task, and go there after it; without `copy`, only their
    hashes are kept. `inline` has the returns that never go to the store, however large, because what runs is decided by
    their values. `stream_end` is the type of the event with which an async generator says what it returns. `secrets`
    has the environment variables whose values must not be shown; whatever starts the task sets them. `each` has the
    reducers of a reduce task without a `target`, as ``NAME=REDUCER``: what has none stays a list. `place` is that of
    the step in its run's record, 0 standing for the numbers of items and iterations: only a task that has one writes
    its own record. `room` is what the workflow can keep of what a task returns that is in a fan-out, or makes its list.
    `arguments` are taken in place of the parameters of their names. With `reports`, a task that fails leaves its
    message as its output (`values.last_words`). With `lookup`, what the store's cache has of it is taken instead of
    running. What one reads that is `watched` is part of its result.
    """

    kind: TaskKind
    target: str
    name: str = ""
    returns: tuple[ReturnSpec, ...] = ()
    import_path: tuple[str, ...] = ()
    exported: tuple[str, ...] = ()
    get: tuple[str, ...] = ()
    put: tuple[str, ...] = ()
    copy: bool = True
    inline: tuple[str, ...] = ()
    secrets: tuple[str, ...] = ()
    each: tuple[str, ...] = ()
    stream_end: str = ""
    place: tuple[int, ...] = ()
    room: Room | None = None
    arguments: tuple[Argument, ...] = ()
    reports: bool = False
    lookup: Lookup | None = None
    watched: bool = False

    def to_json(self) -> dict[str, Json]:
        """The spec as a small JSON object, empty fields left out."""
        document: dict[str, Json] = {"name": self.name, self.kind: self.target}
        if self.returns:
            document["returns"] = [r.encode() for r in self.returns]
        if self.import_path:
            document["path"] = list(self.import_path)
        lists = {"export": self.exported, "get": self.get, "put": self.put, "inline": self.inline}
        lists |= {"secrets": self.secrets, "each": self.each}
        document |= {key: list(texts) for key, texts in lists.items() if texts}
        if self.stream_end:
            document["stream"] = self.stream_end
        if not self.copy:
            document["copy"] = False
        if self.place:
            document["place"] = list(self.place)
        if self.room is not None:
            document["room"] = self.room.to_json()
        if self.arguments:
            document["arguments"] = {one.name: one.to_json() for one in self.arguments}
        if self.lookup is not None:
            document["lookup"] = self.lookup.to_json()
        marks = {"reports": self.reports, "watched": self.watched}
        return document | {key: True for key, is_so in marks.items() if is_so}

    @classmethod
    def from_json(cls, text: str) -> TaskSpec:
        """Read a spec. Raises `SpecError`, saying what is wrong, for anything that `to_json` cannot have written."""
        try:
            document = json.loads(text)
        except ValueError as error:
            raise SpecError(f"the task's spec is not JSON: {error}") from None
        if not isinstance(document, dict):
            raise SpecError("the task's spec is not a JSON object")
        kinds: list[TaskKind] = [k for k in get_args(TaskKind) if k in document]
        known = {
            "name",
            "returns",
            "path",
            "export",
            "get",
            "put",
            "copy",
            "inline",
            "secrets",
            "each",
            "stream",
            "place",
            "room",
            "arguments",
            "reports",
            "lookup",
            "watched",
        }
        unknown = document.keys() - known - set(kinds)
        if len(kinds) != 1 or unknown:
            raise SpecError(f"the task's spec has the keys {sorted(document)}, which name no single task")
        return cls(
            kind=kinds[0],
            target=_strings([document[kinds[0]]])[0],
            name=_strings([document.get("name", "")])[0],
            returns=tuple(ReturnSpec.decode(r) for r in _strings(document.get("returns", []))),
            import_path=tuple(_strings(document.get("path", []))),
            exported=tuple(_strings(document.get("export", []))),
            get=tuple(_strings(document.get("get", []))),
            put=tuple(_strings(document.get("put", []))),
            copy=document.get("copy", True) is not False,
            inline=tuple(_strings(document.get("inline", []))),
            secrets=tuple(_strings(document.get("secrets", []))),
            each=tuple(_strings(document.get("each", []))),
            stream_end=_strings([document.get("stream", "")])[0],
            place=_numbers(document.get("place", [])),
            room=Room.from_json(document.get("room", [])),
            arguments=_arguments(document.get("arguments", {})),
            reports=document.get("reports", False) is True,
            lookup=Lookup.from_json(document.get("lookup", [])),
            watched=document.get("watched", False) is True,
        )


def _strings(value: Json) -> list[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise SpecError(f"expected text in the task's spec, found {json.dumps(value)}")
    return value


def _numbers(value: Json) -> tuple[int, ...]:
    if not isinstance(value, list) or not all(type(item) is int for item in value):
        raise SpecError(f"expected numbers in the task's spec, found {json.dumps(value)}")
    return tuple(value)


def _arguments(value: Json) -> tuple[Argument, ...]:
    if not isinstance(value, dict):
        raise SpecError(f"expected an object in the task's spec, found {json.dumps(value)}")
    return tuple(Argument.from_json(name, one) for name, one in value.items())
