"""The target `ir`: the IR in its text form."""

from __future__ import annotations

from runnable.ir.text import render
from runnable.targets.target import CompileRequest, Document


def compile(request: CompileRequest) -> tuple[Document, ...]:
    """One document, `<pipeline>.ir`."""
    return (Document(f"{request.program.name}.ir", render(request.program)),)
