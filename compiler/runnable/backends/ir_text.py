"""The target `ir`: the IR in its text form."""

from __future__ import annotations

from runnable.backends.target import CompileRequest, Document
from runnable.ir.text import render


def compile(request: CompileRequest) -> tuple[Document, ...]:
    """One document, `<pipeline>.ir`."""
    return (Document(f"{request.program.name}.ir", render(request.program)),)
