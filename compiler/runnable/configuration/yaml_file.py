"""Reading one YAML file that must be a mapping."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runnable.diagnostics.codes.configuration import FileUnusable
from runnable.diagnostics.errors import ConfigurationError
from runnable.diagnostics.span import Span
from runnable_runtime.deferred import pattern
from runnable_runtime.protocol import Json

if TYPE_CHECKING:
    from yaml import Node, ScalarNode

_BY_SIXTY = pattern(r"[-+]?[0-9][0-9_]*(:[0-9]+)+(\.[0-9_]*)?")
"""What only old YAML takes for a number, to the base 60: `10:30`, `1:30:00.5`."""
_WITH_ZEROS = pattern(r"[-+]?0[0-9_]+")
"""What it takes for one to the base 8: `007`. In a configuration it is one, as Kubernetes reads `defaultMode: 0644`."""
_MAX_BYTES = 4 * 1024 * 1024
"""The largest file that is read: more than any configuration needs, so a larger one is a mistake or an attack."""


def read_mapping(
    file: str, what: str, substitute: dict[str, str] | None = None, *, zeros: bool = False
) -> dict[str, Json]:
    """The mapping in the YAML file `file`, empty for an empty file.

    `what` names the file's purpose in messages. With `substitute`, ``$name`` and ``${name}`` are replaced in the text
    first; unknown ones stay. With `zeros`, ``007`` is a text, as on a command line. Raises ConfigurationError if the
    file is missing, unreadable, malformed or no mapping.
    """
    text = _read_text(file, what)
    if substitute is not None:
        from string import Template

        text = Template(text).safe_substitute(substitute)
    document = _parse(text, file, what, zeros=zeros)
    if document is None:
        return {}
    if not isinstance(document, dict):
        raise _unusable(file, what, f"it holds a {type(document).__name__} where a mapping of keys is needed", 1)
    return document


def key_span(file: str, key: str) -> Span | None:
    """Where the dotted `key` stands in the YAML file `file`, or else the key above it; None without such a place.

    `-` and `_` are the same, and a `config` that is left out is no obstacle, as in a configuration.
    """
    import yaml

    try:
        node = yaml.compose(_read_text(file, ""), Loader=_loader())
    except (ConfigurationError, yaml.YAMLError):
        return None
    line: int | None = None
    for part in key.split("."):
        found = _entry(node, part)
        if found is not None:
            line, node = found
        elif part != "config":
            break
    return Span(str(Path(file).absolute()), line) if line else None


def scalars(file: str) -> dict[str, tuple[int, str | None]]:
    """The keys of a YAML file that `read_mapping` takes, with their lines.

    Where the value of one is a single word that is not quoted, with the word as it stands there: `1.10`, `2024-01-31`.
    """
    import yaml

    node = yaml.compose(_read_text(file, ""), Loader=_loader())
    found: dict[str, tuple[int, str | None]] = {}
    for key, value in node.value if isinstance(node, yaml.MappingNode) else ():
        plain = isinstance(value, yaml.ScalarNode) and not value.style and not value.tag.endswith(":null")
        found[str(key.value)] = key.start_mark.line + 1, value.value if plain else None
    return found


def _entry(node: Node | None, key: str) -> tuple[int, Node] | None:
    """The line of an entry of a mapping or a list, and its value."""
    from yaml import MappingNode, ScalarNode, SequenceNode

    if isinstance(node, MappingNode):
        for name, value in node.value:
            if isinstance(name, ScalarNode) and name.value.replace("_", "-") == key.replace("_", "-"):
                return name.start_mark.line + 1, value
    if isinstance(node, SequenceNode) and key.isdecimal() and int(key) < len(node.value):
        item: Node = node.value[int(key)]
        return item.start_mark.line + 1, item
    return None


def _read_text(file: str, what: str) -> str:
    try:
        with Path(file).open("rb") as stream:
            data = stream.read(_MAX_BYTES + 1)
    except OSError as error:
        raise _unusable(file, what, error.strerror or str(error)) from None
    except ValueError:  # of a record of another's making
        raise _unusable(file, what, "this is no name of a file") from None
    if len(data) > _MAX_BYTES:
        raise _unusable(file, what, f"it is larger than {_MAX_BYTES:,} bytes")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as error:
        raise _unusable(file, what, f"it is not UTF-8 text (byte {error.start})") from None


def _parse(text: str, file: str, what: str, *, zeros: bool) -> Json:
    import yaml

    loader = _loader(zeros=zeros)
    try:
        if "*" in text and any(isinstance(event, yaml.AliasEvent) for event in yaml.parse(text, Loader=loader)):
            raise _unusable(file, what, "YAML aliases (*name) are not supported: write the value out")
        return _document(loader(text), file, what)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise _unusable(file, what, f"it is not YAML: {problem}", mark.line + 1 if mark else None) from None
    except ValueError as error:  # a date such as 2024-13-45
        raise _unusable(file, what, f"it is not YAML: {error}") from None


@cache
def _loader(*, zeros: bool = False) -> Any:
    """PyYAML's safe loader, which leaves times of day as they are written, and with `zeros` numbers that begin so."""
    import yaml

    safe: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

    class Loader(safe):  # type: ignore[misc]
        def resolve(self, kind: Any, value: Any, implicit: Any) -> Any:
            is_plain = kind is yaml.ScalarNode and implicit[0]
            if is_plain and (_BY_SIXTY.fullmatch(value) or (zeros and _WITH_ZEROS.fullmatch(value))):
                return "tag:yaml.org,2002:str"
            return super().resolve(kind, value, implicit)

    return Loader


def _document(loader: Any, file: str, what: str) -> Json:
    """The document of a safe loader. Raises ConfigurationError for a key that a mapping has twice."""
    try:
        node = loader.get_single_node()
        if node is None:
            return None
        for first, again in _keys_twice(node):
            reason = f"the key {again.value!r} stands twice: in line {first.start_mark.line + 1} already"
            raise _unusable(file, what, reason, again.start_mark.line + 1)
        return loader.construct_document(node)
    finally:
        loader.dispose()


def _keys_twice(node: Node) -> Iterator[tuple[ScalarNode, ScalarNode]]:
    from yaml import MappingNode, ScalarNode, SequenceNode

    if isinstance(node, SequenceNode):
        for item in node.value:
            yield from _keys_twice(item)
    if isinstance(node, MappingNode):
        seen: dict[tuple[str, str], ScalarNode] = {}
        for key, value in node.value:
            if isinstance(key, ScalarNode):
                first = seen.setdefault((key.tag, key.value), key)
                if first is not key:
                    yield first, key
            yield from _keys_twice(value)


def _unusable(file: str, what: str, reason: str, line: int | None = None) -> ConfigurationError:
    span = Span(str(Path(file).absolute()), line) if line else None
    return ConfigurationError([FileUnusable(span=span, what=what, file=file, reason=reason)])
