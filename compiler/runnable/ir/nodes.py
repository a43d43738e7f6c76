"""The nodes of the intermediate representation (IR).

``Node = Task | Graph | FanOut | Switch | Loop``. A `Graph` holds nodes and the edges between them: a pipeline is a
graph whose edges form a chain, a Parallel is a graph whose members have no edges. All classes are frozen and hold
tuples; passes return new nodes. Concrete nodes are not subclassed: a `match` over the union is checked for
exhaustiveness by mypy.

A node's *path* is the names from the root's child down to it, joined by dots (`parallel_step.branch1.hello python`);
it is not stored, `ir.walk` gives it. The body of a FanOut or Loop is called `*` (`BODY`); a record of a run has the
number of the item or iteration in its place, from 0.

Fields of nodes have the names that users write (`iterate_on`, `max_parallel`, `break_on`).
"""

from __future__ import annotations

from dataclasses import field
from enum import StrEnum
from typing import Literal

from runnable.diagnostics.span import Span
from runnable.ir.options import NO_OPTIONS, Options, Pairs
from runnable.ir.others import HttpRequest, TemplateCall
from runnable.ir.reads import Reads as Reads
from runnable_runtime.deferred import dataclass
from runnable_runtime.fused.spec import Order
from runnable_runtime.protocol import Argument, Json, ReturnSpec


@dataclass(frozen=True, slots=True)
class PythonCall:
    """Call a function: importable as `module`, found there as `name`. `import_path`, `stream_end`: see `TaskSpec`."""

    module: str
    name: str
    import_path: tuple[str, ...] = ()
    stream_end: str = ""


@dataclass(frozen=True, slots=True)
class ShellCommand:
    """Run a command line with ``/bin/sh -c``."""

    command: str


@dataclass(frozen=True, slots=True)
class NotebookRun:
    """Execute a notebook; `path` is relative to the project's root, with forward slashes."""

    path: str


@dataclass(frozen=True, slots=True)
class Nothing:
    """Do nothing: what a Stub does."""


@dataclass(frozen=True, slots=True)
class Reduce:
    """Combine, for each name that the task reads, the list of values into one, and return it under that name.

    `function` is ``module:qualified.name``, or the text of a lambda. It is called with the values as its arguments if
    it takes ``*args``; folded over them if it takes exactly two; else called with the list.

    `each` has a function for each name instead, ``NAME=FUNCTION``, which may be a builtin of `protocol.REDUCERS`; what
    has none stays a list.
    """

    function: str
    import_path: tuple[str, ...] = ()
    each: tuple[str, ...] = ()

    def of(self, name: str) -> str:
        """The function that reduces the values of `name`."""
        given = dict(entry.split("=", 1) for entry in self.each)
        return given.get(name, "list") if self.each else self.function


@dataclass(frozen=True, slots=True)
class ContainerRun:
    """Run a program in a container of the task's `image`, which has no runtime of ours.

    Each of `args` is one argument of the program: texts and, between them, the names of parameters whose values are put
    in: ``("--lr=", "lr", "")``. `files` are the absolute paths of the files that it writes its returns to, in the order
    of the task's `returns`. An empty `working_dir` is the image's own.
    """

    command: tuple[str, ...]
    args: tuple[tuple[str, ...], ...] = ()
    files: tuple[str, ...] = ()
    working_dir: str = ""

    @property
    def parameters(self) -> tuple[str, ...]:
        """The names of the parameters in the arguments, each once."""
        return tuple(dict.fromkeys(name for pieces in self.args for name in pieces[1::2]))


@dataclass(frozen=True, slots=True)
class Member:
    """A task that shares a pod with others: `needs` are the names that it is to be given, as `Flow.needs` has them."""

    task: Task
    needs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Fused:
    """Run several tasks in one pod. Only a lowering makes it (`passes.lowering.fuse`).

    They run one after another, but where `order` says otherwise, by their positions. With `batch`, for each of several
    items of the fan-out around it.
    """

    members: tuple[Member, ...]
    batch: bool = False
    order: Order = ()


@dataclass(frozen=True, slots=True)
class Declaration:
    """A declared parameter of a pipeline, or an answer of a question. Without `has_default` a value has to be given.

    `type` is its type as the author wrote it, `kind` what texts are read as (`runnable_runtime.values.declared`).
    """

    name: str
    type: str = "Any"
    kind: str = "json"
    has_default: bool = False
    default: Json = None
    choices: tuple[Json, ...] = ()
    help: str = ""
    span: Span | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """Ask a person whether to go on: a step that waits, and takes no container.

    It succeeds when somebody approves, and fails when somebody rejects, or nobody has answered after `deadline` seconds
    (None for no end). `answers` are what is asked for with it: the task returns them, in this order.
    """

    message: str = ""
    deadline: int | None = None
    answers: tuple[Declaration, ...] = ()


Action = (
    PythonCall
    | ShellCommand
    | NotebookRun
    | Reduce
    | Nothing
    | ContainerRun
    | Fused
    | Question
    | TemplateCall
    | HttpRequest
)
Podless = Question | TemplateCall | HttpRequest
"""Those that take no pod of ours on Argo: Argo itself does them, or somebody else's template."""
OfOthers = ContainerRun | Podless
"""Those that nothing of ours does on Argo: each is a DAG of its own there."""


@dataclass(frozen=True, slots=True)
class Files:
    """The files that a task gets from the catalog of its run, and puts there: patterns, as `TaskSpec` has them.

    Without `store_copy` the catalog keeps only the hashes of what is put.
    """

    get: tuple[str, ...] = ()
    put: tuple[str, ...] = ()
    store_copy: bool = True


NO_FILES = Files()


@dataclass(frozen=True, slots=True)
class Task:
    """One unit of work: a pod, a container, or a call in process.

    `arguments` are what it takes otherwise than by the names of parameters; `reads` names the parameters that they are.
    `image_from` names the parameter whose value is its image, and `reads` has that too; empty where `options` say it.
    """

    name: str
    action: Action
    reads: Reads = Reads()
    returns: tuple[ReturnSpec, ...] = ()
    options: Options = NO_OPTIONS
    span: Span | None = None
    files: Files = NO_FILES
    arguments: tuple[Argument, ...] = ()
    image_from: str = ""

    @property
    def is_idle(self) -> bool:
        """Whether it does nothing at all, so that it takes no pod and no container."""
        return isinstance(self.action, Nothing) and not self.files.get and not self.files.put

    @property
    def has_own_dag(self) -> bool:
        """Whether it is a DAG of its own on Argo, with one node in it, beside those that have one.

        `cache` stands there for a step that is looked up in Argo's cache, once the target has decided which are.
        """
        return isinstance(self.action, OfOthers) or bool(self.image_from) or self.options.cache


class On(StrEnum):
    """The outcome of an edge's source that lets its target start."""

    SUCCESS = "success"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True)
class Edge:
    """`target` runs after `source` has ended as `on` says."""

    source: str
    target: str
    on: On = On.SUCCESS


@dataclass(frozen=True, slots=True)
class Graph:
    """Nodes and the edges between them, by name. Every node comes after those that its edges come from.

    A graph fails when a node fails that no FAILURE edge handles, or when a node of `failing` has succeeded: these are
    the steps that terminate with failure. A handler is a graph of nodes that begins with FAILURE edges; it comes
    after all nodes that are not its own.

    At most `max_parallel` nodes run at one time. With `fail_fast` no further node is begun once one has failed. All
    that hold others have a `timeout`, in seconds from when the first task in them begins: then what runs is stopped,
    nothing more begins, and they fail. Of the nodes of `fuse`, those that follow one another are to share a pod where
    they can; that changes nothing else.
    """

    name: str
    nodes: tuple[Node, ...]
    edges: tuple[Edge, ...] = ()
    failing: tuple[str, ...] = ()
    span: Span | None = None
    max_parallel: int | None = None
    fail_fast: bool = False
    timeout: int | None = None
    fuse: tuple[str, ...] = ()


AUTO: Literal["auto"] = "auto"
"""In place of a number of items that share a pod: as many as is worth it."""
BODY = "*"
"""The name of the body of a FanOut or Loop."""


@dataclass(frozen=True, slots=True)
class FanOut:
    """Runs `body` once for every item of the list in the parameter `iterate_on`.

    At most `max_parallel` items run at one time. All items run even if one fails; with `fail_fast` no further one is
    begun then. Then the fan-out fails. The body sees the item as the parameter `iterate_as`.

    With `failures`, it *collects*: it fails only if less than the share `min_success` of the items has succeeded. What
    follows is then about those that have succeeded, and `failures` is the name of the parameter that lists the others
    (`semantics.collecting`).

    So many as `batch` says may share a pod; then `max_parallel` counts pods there. That changes nothing else. "auto" is
    as many as a pod runs in a given time, which a lowering decides (`passes.lowering.automatic`).

    Every name that the body writes is, after the fan-out, the list of its values in the order of the items; an empty
    list where there are no items, and not there where an item has not written it. `reducer` is the name of a builtin
    that is applied to each such list; `reduce` is a task (action `Reduce`, named "reduce") that is. Not both.
    """

    name: str
    body: Graph
    iterate_on: str
    iterate_as: str
    reducer: str | None = None
    reduce: Task | None = None
    max_parallel: int | None = None
    span: Span | None = None
    failures: str | None = None
    min_success: float = 0.0
    fail_fast: bool = False
    timeout: int | None = None
    batch: int | Literal["auto"] | None = None

    @property
    def in_pod(self) -> int:
        """How many items share a pod at most, once that is decided: 1 without `batch`."""
        assert self.batch != AUTO, f"how many items of {self.name!r} share a pod has not been decided"
        return self.batch or 1


@dataclass(frozen=True, slots=True)
class Switch:
    """Runs the branch whose name is `str(value)` of the scalar parameter `parameter`; if none is, the branch `default`.

    Fails, with the value and the names, where no branch is chosen. What the branch writes is merged after the switch.
    """

    name: str
    parameter: str
    branches: tuple[Graph, ...]
    default: str | None = None
    span: Span | None = None
    timeout: int | None = None


@dataclass(frozen=True, slots=True)
class Loop:
    """Runs `body` until the parameter `break_on` is true after it, at most `max_iterations` times.

    It is a do-while: the body runs at least once. It sees the number of the iteration, from 0, as the parameter
    `index_as` and as an environment variable of that name, and what the iterations before wrote. All that they wrote,
    later over earlier, is merged after the loop. The loop fails if an iteration does; reaching `max_iterations` is no
    failure. Only `true` ends it: other values do not.
    """

    name: str
    body: Graph
    break_on: str
    index_as: str
    max_iterations: int
    span: Span | None = None
    timeout: int | None = None


Node = Task | Graph | FanOut | Switch | Loop


@dataclass(frozen=True, slots=True)
class Locks:
    """What a task or a whole run waits for: a mutex, and a place of a semaphore, whose name is mapped to its limit."""

    mutex: str | None = None
    semaphore: Pairs = ()


@dataclass(frozen=True, slots=True)
class Program:
    """A whole pipeline: its name, its graph, and the values of its parameters (JSON, in the order given).

    `locks` are held while it runs. The `declared` parameters that have no value are `open`: they are given one before
    it runs. `at_exit` runs after it, however it has ended (`ir.at_exit`).

    `name` is the pipeline's own name, or its file's. `root` is the absolute project folder that paths in the graph are
    relative to, and `source` the pipeline's file in it, ``FILE`` or ``FILE:NAME`` (absolute if it is elsewhere, empty
    if there is none); they are no part of what is compiled.
    """

    name: str
    graph: Graph
    parameters: dict[str, Json] = field(default_factory=dict)
    description: str = ""
    root: str = ""
    source: str = ""
    declared: tuple[Declaration, ...] = ()
    locks: Locks = Locks()
    at_exit: Graph | None = None

    @property
    def open(self) -> tuple[Declaration, ...]:
        """The declared parameters without a value."""
        return tuple(one for one in self.declared if one.name not in self.parameters)

    @property
    def provided(self) -> tuple[str, ...]:
        """The names of all parameters that it starts with."""
        return (*self.parameters, *(one.name for one in self.open))
