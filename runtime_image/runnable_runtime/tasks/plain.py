"""The text of a parameter that goes into another text: an argument of a program, an address, a body."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from runnable_runtime.deferred import pattern
from runnable_runtime.failures import BadInput
from runnable_runtime.protocol import LONGEST_ARGUMENT, Json
from runnable_runtime.stores.objects import Objects
from runnable_runtime.values.reference import has_object

_CONTROL = pattern(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


def filled(pieces: Sequence[str], texts: Mapping[str, str]) -> str:
    """The text of `pieces`: texts and, between them, the names of parameters, whose `texts` are put in."""
    return "".join(texts[piece] if index % 2 else piece for index, piece in enumerate(pieces))


def plain_text(name: str, parameters: Mapping[str, Json], objects: Objects, what: str) -> str:
    """The text of the parameter `name`: a text as it is, all else as JSON. `what` it is a part of is for messages.

    Raises BadInput for a value that cannot be such a text, here or on Argo: what works here works there.
    """
    if name not in parameters:
        raise BadInput(f"the parameter {name!r} is not provided")
    if has_object(parameters[name]):
        raise BadInput(f"the parameter {name!r} is a pickled object, and {what} is a text")
    value = objects.load(parameters[name], name)
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    if _CONTROL.search(text) or any(one > "\uffff" and not one.isprintable() for one in text):
        # Linux takes most of them; on Argo they do not arrive, and what runs here runs there
        raise BadInput(f"the parameter {name!r} has a control character, which {what} cannot have")
    if len(text) > LONGEST_ARGUMENT:
        raise BadInput(
            f"the parameter {name!r} is a text of {len(text):,} characters, and in {what} it has "
            f"{LONGEST_ARGUMENT:,} at most: put it into a file that the program reads"
        )
    return text
