"""What the program of a step that runs an image of its own is given, and what it leaves: texts for values, and back."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from runnable.ir.nodes import ContainerRun
from runnable_runtime.failures import BadReturn
from runnable_runtime.protocol import Json, TaskSpec
from runnable_runtime.stores.objects import Objects
from runnable_runtime.tasks.plain import filled, plain_text
from runnable_runtime.values.encoding import to_json
from runnable_runtime.values.texts import returned


def command_line(run: ContainerRun, parameters: Mapping[str, Json], objects: Objects) -> list[str]:
    """The program and its arguments, with the values of `parameters` in them.

    Raises BadInput for a value that no argument can hold.
    """
    texts = {name: plain_text(name, parameters, objects, "an argument of a program") for name in run.parameters}
    return [*run.command, *(filled(pieces, texts) for pieces in run.args)]


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
