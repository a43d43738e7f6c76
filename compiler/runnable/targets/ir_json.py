"""The target `ir-json`: the IR as JSON, for other tools."""

from __future__ import annotations

import json

from runnable.ir.json_form import to_json
from runnable.targets.target import CompileRequest, Document


def compile(request: CompileRequest) -> tuple[Document, ...]:
    """One document, `<pipeline>.ir.json`."""
    text = json.dumps(to_json(request.program), indent=1, ensure_ascii=False) + "\n"
    return (Document(f"{request.program.name}.ir.json", text),)
