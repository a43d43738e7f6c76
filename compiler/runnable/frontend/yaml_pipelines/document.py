"""One YAML file, as nodes that know their lines, with the mistakes that are found in it.

Aliases are allowed, and merge keys. A text is taken as it is written, whatever YAML would make of it: a branch may be
called `yes`, `on` or `1`.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

import yaml
from yaml import MappingNode, Node, ScalarNode, SequenceNode

from runnable.diagnostics.codes.loading import FileNotReadable
from runnable.diagnostics.codes.published import YamlWrong
from runnable.diagnostics.diagnostic import Diagnostic, Severity
from runnable.diagnostics.errors import DefinitionError
from runnable.diagnostics.span import Span
from runnable_runtime.deferred import dataclass
from runnable_runtime.failures import a

_MAX_BYTES = 4 * 1024 * 1024
"""The largest file that is read."""
_KINDS: dict[type[Node], str] = {MappingNode: "mapping", SequenceNode: "list", ScalarNode: "text"}


@dataclass(frozen=True, slots=True)
class Entry:
    """A key of a mapping, as text, with its value; `line` is the key's, from 1."""

    key: str
    value: Node
    line: int


@dataclass(slots=True)
class Document:
    """The YAML file `file`, an absolute path, and what is wrong in it."""

    file: str
    problems: list[Diagnostic] = field(default_factory=list)
    _loader: Any = None
    _checked: set[int] = field(default_factory=set)

    def read(self, named: str) -> Node | None:
        """The file's outermost node. Raises DefinitionError if it, called `named`, is unreadable or not YAML."""
        text = _text(Path(self.file), named)
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        try:
            self._loader = loader(text)
            root: Node | None = self._loader.get_single_node()
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            problem = getattr(error, "problem", None) or str(error).splitlines()[0]
            span = Span(self.file, mark.line + 1) if mark else None
            raise DefinitionError(
                [FileNotReadable(span=span, file=named, reason=f"it is not YAML: {problem}")]
            ) from None
        return root

    @property
    def errors(self) -> int:
        """How many mistakes are noted, without warnings."""
        return sum(one.severity is Severity.ERROR for one in self.problems)

    def span(self, node: Node) -> Span:
        """Where `node` begins."""
        return Span(self.file, node.start_mark.line + 1)

    def wrong(self, where: Node | int, what: str, reason: str, name: str = "", known: Sequence[str] = ()) -> None:
        """Note a mistake at a node, or in a line."""
        span = Span(self.file, where) if isinstance(where, int) else self.span(where)
        self.problems.append(YamlWrong(span=span, what=what, reason=reason, name=name, known=tuple(known)))

    def entries(self, node: Node, what: str) -> dict[str, Entry]:
        """The entries of a mapping, by key; empty, with a mistake, for anything else. Merge keys are merged."""
        if not isinstance(node, MappingNode):
            self.wrong(node, what, f"is a mapping, not {_described(node)}")
            return {}
        self._once_each(node, what)
        try:
            self._loader.flatten_mapping(node)
        except yaml.YAMLError as error:
            self.wrong(node, what, f"cannot be merged: {getattr(error, 'problem', error)}")
        found: dict[str, Entry] = {}
        for key, value in node.value:
            if isinstance(key, ScalarNode):
                found[key.value] = Entry(key.value, value, key.start_mark.line + 1)
            else:
                self.wrong(key, what, f"has {_described(key)} as a key")
        return found

    def _once_each(self, node: MappingNode, what: str) -> None:
        """Report keys that stand twice; before merge keys are merged, as what they bring may be replaced."""
        if id(node) in self._checked:
            return
        self._checked.add(id(node))
        seen: dict[str, ScalarNode] = {}
        for key, _ in node.value:
            if isinstance(key, ScalarNode) and seen.setdefault(key.value, key) is not key:
                first = seen[key.value].start_mark.line + 1
                self.wrong(key, what, f"has the key {key.value!r} twice: in line {first} already")

    def text(self, node: Node, what: str) -> str:
        """The text of a scalar, as it stands there; empty, with a mistake, for anything else."""
        if isinstance(node, ScalarNode) and not _is_null(node):
            return str(node.value)
        self.wrong(node, what, f"is a text, not {_described(node)}")
        return ""

    def items(self, node: Node, what: str) -> Iterator[Node]:
        """The items of a list; none, with a mistake, for anything else."""
        if isinstance(node, SequenceNode):
            yield from node.value
        elif not _is_null(node):
            self.wrong(node, what, f"is a list, not {_described(node)}")

    def texts(self, node: Node, what: str) -> list[str]:
        """The texts of a list."""
        return [self.text(item, f"{what}, an item,") for item in self.items(node, what)]

    def plain(self, node: Node, what: str) -> Any:
        """The value of a node as YAML has it; None, with a mistake, if it has none."""
        try:
            return self._loader.construct_object(node, deep=True)
        except (yaml.YAMLError, ValueError, RecursionError) as error:
            self.wrong(node, what, f"has no value: {getattr(error, 'problem', error)}")
            return None


def has_pipeline(file: str) -> bool:
    """Whether the YAML file `file` has a pipeline, rather than objects of Kubernetes, or what cannot be read."""
    try:
        events = yaml.parse(_text(Path(file), file), Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))
        return "dag" in _keys(events)
    except (DefinitionError, yaml.YAMLError):
        return False


def _keys(events: Iterable[yaml.Event]) -> Iterator[str]:
    """The keys of the first document's outermost mapping."""
    depth, is_key = 0, True
    for event in events:
        if isinstance(event, yaml.DocumentEndEvent):
            return
        if isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth == 1 and isinstance(event, yaml.ScalarEvent) and is_key:
            yield event.value
        if depth == 1 and isinstance(event, yaml.ScalarEvent | yaml.AliasEvent | yaml.CollectionEndEvent):
            is_key = not is_key
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1


def _text(path: Path, named: str) -> str:
    try:
        with path.open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
        if len(data) > _MAX_BYTES:
            raise DefinitionError([FileNotReadable(file=named, reason=f"it is larger than {_MAX_BYTES:,} bytes")])
        return data.decode()
    except OSError as error:
        raise DefinitionError([FileNotReadable(file=named, reason=error.strerror or str(error))]) from None
    except UnicodeDecodeError as error:
        reason = f"it is not UTF-8 text (byte {error.start})"
        raise DefinitionError([FileNotReadable(file=named, reason=reason)]) from None


def _is_null(node: Node) -> bool:
    return isinstance(node, ScalarNode) and str(node.tag).endswith(":null")


def _described(node: Node) -> str:
    return "nothing" if _is_null(node) else a(_KINDS[type(node)])
