"""The target `svg`: a picture of the pipeline, in one file that needs nothing beside it and runs nothing.

`boxes` makes boxes of the nodes, `layout` says where they are, `drawing` writes them.
"""

from __future__ import annotations

from runnable.ir.nodes import Program
from runnable.targets.svg.boxes import boxed
from runnable.targets.svg.drawing import drawn
from runnable.targets.svg.layout import placed
from runnable.targets.target import CompileRequest, Document


def compile(request: CompileRequest) -> tuple[Document, ...]:
    """One document, `<pipeline>.svg`."""
    return (Document(f"{request.program.name}.svg", picture(request.program)),)


def picture(program: Program) -> str:
    """The picture, as the text of an SVG file."""
    whole = boxed(program)
    placed(whole)
    return drawn(whole, program)
