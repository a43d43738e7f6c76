"""A compilation target: the number of tasks."""

from runnable.ir.walk import tasks
from runnable.targets.target import CompileRequest, Document


def compile(request: CompileRequest) -> tuple[Document, ...]:
    """One line of text."""
    count = len(list(tasks(request.program.graph)))
    return (Document("count.txt", f"{request.name or request.program.name}: {count} tasks\n"),)
