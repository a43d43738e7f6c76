"""What workers are born of, started before what runs a pipeline is imported: both take as long."""

from __future__ import annotations

import os
from pathlib import Path

from runnable.configuration.chosen import FILE_VARIABLE, own_file
from runnable.diagnostics.errors import ConfigurationError
from runnable.ir.unit import CompilationUnit
from runnable.ir.walk import has_secrets
from runnable.semantics.plan import has_concurrency
from runnable_runtime.deferred import pattern

_LOCAL = pattern(r"""\btype["']?\s*:\s*["']?local\b(?!-)""")
_PARALLEL = pattern(r"""\benable_parallel["']?\s*:\s*["']?(?i:true|yes|on)\b""")

_has_run = False
"""Whether this process has run a pipeline: its tasks may have left anything in it."""


def expect_workers(unit: CompilationUnit, configuration_file: str, *, loaded: bool = False) -> None:
    """Have it start where the text of the configuration looks as if tasks of `unit` will run in workers.

    If they do not, it ends with this process. Where tasks have secrets, which may be variables of this process, it
    waits until these are taken away. `loaded`: see `own_modules`.
    """
    global _has_run
    is_first, _has_run, program = not _has_run, True, unit.program
    if not has_concurrency(program.graph) or has_secrets(program.graph):
        return
    try:
        file = os.environ.get(FILE_VARIABLE) or configuration_file or own_file(Path(program.root or "."))
        text = Path(file).read_text(encoding="utf-8") if file else ""
    except (OSError, UnicodeDecodeError, ConfigurationError):  # which is said when it is read
        return
    if _LOCAL.search(text) and _PARALLEL.search(text):
        from runnable.driver.forkable import own_modules
        from runnable.execution.keeping import expect_keepers

        expect_keepers(own_modules(unit, loaded=loaded) if is_first else None)
