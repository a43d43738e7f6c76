"""The target `ir-json`: the IR as JSON, for other tools."""

from __future__ import annotations

import json

from runnable.backends.target import CompileRequest, Document
from runnable.ir.serde import to_json


def compile(request: CompileRequest) -> tuple[Document, ...]:
    """One document, `<pipeline>.ir.json`."""
    text = json.dumps(to_json(request.program), indent=1, ensure_ascii=False) + "\n"
    return (Document(f"{request.program.name}.ir.json", text),)
