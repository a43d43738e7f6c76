"""What the program of a step that runs an image of its own is given, and what it leaves: texts for values, and back."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping

from runnable.ir.nodes import LONGEST_ARGUMENT, ContainerRun
from runnable_runtime.failures import BadInput, BadReturn
from runnable_runtime.protocol import Json, TaskSpec
from runnable_runtime.stores.objects import Objects
from runnable_runtime.values.encoding import to_json
from runnable_runtime.values.reference import has_object
from runnable_runtime.values.texts import returned

_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def command_line(run: ContainerRun, parameters: Mapping[str, Json], objects: Objects) -> list[str]:
    """The program and its arguments, with the values of `parameters` in them.

    Raises BadInput for a value that no argument can hold.
    """
    texts = {name: _text(name, parameters, objects) for name in run.parameters}
    return [*run.command, *("".join(_filled(pieces, texts)) for pieces in run.args)]


def _filled(pieces: tuple[str, ...], texts: Mapping[str, str]) -> Iterator[str]:
    for index, piece in enumerate(pieces):
        yield texts[piece] if index % 2 else piece


def _text(name: str, parameters: Mapping[str, Json], objects: Objects) -> str:
    if name not in parameters:
        raise BadInput(f"the parameter {name!r} is not provided")
    if has_object(parameters[name]):
        raise BadInput(f"the parameter {name!r} is a pickled object, and an argument of a program is a text")
    value = objects.load(parameters[name], name)
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    if _CONTROL.search(text) or any(one > "\uffff" and not one.isprintable() for one in text):
        # Linux takes most of them; on Argo they do not arrive, and what runs here runs there
        raise BadInput(f"the parameter {name!r} has a control character, which no argument of a program can have")
    if len(text) > LONGEST_ARGUMENT:
        raise BadInput(
            f"the parameter {name!r} is a text of {len(text):,} characters, and in an argument it has "
            f"{LONGEST_ARGUMENT:,} at most: put it into a file that the program reads"
        )
    return text


def returned_values(
    run: ContainerRun, spec: TaskSpec, read: Callable[[str], bytes | None], image: str
) -> dict[str, Json]:
    """The values that the program has left in its files. `read` gives the content of one. Raises BadReturn."""
    found: dict[str, Json] = {}
    for one, path in zip(spec.returns, run.files, strict=True):
        content = read(path)
        if content is None:
            raise BadReturn(f"the program of {image} has left no file {path}, which {one.name!r} is returned from")
        try:
            text = content.decode("utf-8").removesuffix("\n")
        except UnicodeDecodeError:
            raise BadReturn(f"the file {path}, which {one.name!r} is returned from, is no text in UTF-8") from None
        found[one.name] = to_json(returned(text, metric=one.kind == "metric"), one.name)
    return found
