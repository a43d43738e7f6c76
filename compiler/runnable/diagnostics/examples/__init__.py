"""An example of each code, wrong and right: `RNn.md` has those of the codes that begin so, and tests run them.

`from runnable import *` is left out of the Python files. A block is `pipeline.py`, or what its first line names. Where
no command is shown, it is `runnable check pipeline.py`, with the parameters and the configuration that are shown.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

from runnable_runtime.deferred import dataclass


@dataclass(frozen=True)
class Example:
    """Two pieces of Markdown, of blocks of code: what leads to a diagnostic, and what does not."""

    wrong: str
    right: str


@cache
def _hundred(digit: str) -> dict[str, Example]:
    text = files(__name__).joinpath(f"RN{digit}.md").read_text(encoding="utf-8")
    found = {}
    for part in text.split("## ")[1:]:
        code, _, blocks = part.partition("\n")
        wrong, _, right = blocks.partition("\nright\n")
        found[code.strip()] = Example(wrong=wrong.strip(), right=right.strip())
    return found


def example(code: str) -> Example:
    """The example of a code, such as RN301, that exists."""
    return _hundred(code[2])[code]
