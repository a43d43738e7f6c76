"""What a notebook shows of a pipeline: its picture, as an image, which runs no script wherever it is shown.

An untrusted notebook shows HTML that was cleaned: Jupyter then leaves out SVG itself, and lets `data:` images in.
"""

from __future__ import annotations

import base64
from html import escape

from runnable.diagnostics.diagnostic import Severity
from runnable.diagnostics.terminal import plain
from runnable.frontend.build import build
from runnable.passes import diagnose_structure
from runnable.sdk.handler import Executable
from runnable.targets.svg import picture


def bundle(subject: Executable) -> dict[str, str]:
    """The pipeline by type: its text, its picture as HTML, and the picture itself, with the mistakes that are in it."""
    unit = build(subject, "")
    name, count = escape(unit.program.name), len(unit.program.graph.nodes)
    drawn = picture(unit.program)
    address = f"data:image/svg+xml;base64,{base64.b64encode(drawn.encode()).decode()}"
    image = f'<img src="{address}" alt="The pipeline {name}" style="max-width: 100%">'
    wrong = "\n\n".join(one.render() for one in diagnose_structure(unit) if one.severity is Severity.ERROR)
    mistakes = f"<pre>{escape(plain(wrong))}</pre>" if wrong else ""
    said = f"<Pipeline {unit.program.name!r} of {count} step{'' if count == 1 else 's'}>"
    return {"text/plain": f"{said}\n{wrong}" if wrong else said, "text/html": image + mistakes, "image/svg+xml": drawn}
