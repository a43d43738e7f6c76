"""Several pipelines' files in one command: each in a process of its own, and what became of each."""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator
from contextlib import redirect_stderr, suppress
from dataclasses import replace
from importlib import import_module
from io import StringIO
from pathlib import Path
from typing import Any

from runnable.configuration import Configuration, load_configuration
from runnable.configuration.project import enclosing_project
from runnable.diagnostics.codes.loading import FileDoesNotImport, NoPipeline
from runnable.diagnostics.errors import DefinitionError, InternalError, RunnableError
from runnable.diagnostics.findings import Outcome
from runnable.driver.isolated import ProcessEnded, isolated
from runnable.frontend.contained import is_contained
from runnable.frontend.folders import Source

_USED = (
    "runnable.execution.secrets.settings",
    "runnable.executors.local.executor",
    "runnable.frontend.functions",
    "runnable.passes.analysis.storing",
    "runnable.runs.stores.settings",
    "runnable.sdk.arguments",
    "runnable.sdk.composites",
    "runnable.sdk.returns",
    "runnable_runtime.values.fitted",
    "yaml",
)
"""Modules that most pipelines need and a simple one does not, imported once rather than by each process."""
_STEPS = 16


def prepare(configuration_file: str, target: str = "") -> None:
    """Import here what each process would import for itself: for a configuration, and for a compilation target."""
    import sysconfig

    for name in _USED:
        import_module(name)
    sysconfig.get_paths()  # worked out once
    # Each pipeline reports what is wrong in it, and what it is warned of.
    with suppress(Exception), redirect_stderr(StringIO()):
        _do_once(load_configuration(configuration_file, enclosing_project(Path.cwd())), target)


def _any(x: int = 0) -> int:
    return x


def _do_once(configuration: Configuration, target: str) -> None:
    """What is to be done with each file, with a pipeline of our own: all that this loads and makes is there then.

    It has several steps of a kind: Python makes code faster that has run some times, and each process would again.
    """
    from runnable import Pipeline, PythonTask, ShellTask, Stub  # as a file does, which `runnable` then has at hand
    from runnable.driver.check import check
    from runnable.driver.compile import compile_to
    from runnable.frontend.build import build
    from runnable.frontend.giving import give
    from runnable.sdk.handler import noted

    steps = [
        Stub(name="a"),
        ShellTask(name="b", command="export x=1", returns=["x"]),
        ShellTask(name="c", command="true"),
        *(PythonTask(name=f"d{number}", function=_any, returns=["x"]) for number in range(_STEPS)),
    ]
    with noted() as calls:
        Pipeline(name="any", steps=steps).execute(parameters={"x": 1})
    (call,) = calls
    unit = give(replace(build(call.subject, ""), portability=()), "", call.parameters)
    made = compile_to(target, unit, configuration) if target else ()
    outcome = Outcome(pipeline="", documents=tuple((one.file_name, one.text) for one in made))
    (outcome if target else check("", unit, configuration)).to_json()


def each(sources: Iterable[Source], work: Callable[[str], Outcome]) -> Iterator[Outcome]:
    """What became of each of `sources`, in their order; `work` takes it as it was named, and raises as `load` does."""
    asked = list(sources)
    results = isolated(_OfFile(source, work) for source in asked if not source.skipped)
    for source in asked:
        if source.skipped:
            yield Outcome(pipeline=source.reference, skipped=source.skipped)
            continue
        result = next(results)
        try:
            yield Outcome.from_json(result())
        except ProcessEnded as ended:
            died = FileDoesNotImport(file=source.reference, reason=str(ended))
            yield Outcome.of_error(DefinitionError([died]), source.reference)
    next(results, None)  # which says what all have in common


class _OfFile:
    """A work of `isolated`."""

    def __init__(self, source: Source, work: Callable[[str], Outcome]) -> None:
        self._source = source
        self._work = work

    def __call__(self) -> dict[str, Any]:
        return _done(self._source, self._work).to_json()

    def stays_within(self, modules: Container[str]) -> bool:
        return is_contained(self._source.reference, modules)


def _done(source: Source, work: Callable[[str], Outcome]) -> Outcome:
    try:
        return work(source.reference)
    except RunnableError as error:
        if source.within and _has_no_pipeline(error):
            return Outcome(pipeline=source.reference, skipped="it defines no pipeline")
        return Outcome.of_error(error, source.reference)
    except Exception as error:
        return Outcome.of_error(InternalError.of(error), source.reference)


def _has_no_pipeline(error: RunnableError) -> bool:
    """Whether a file just has none, rather than a `main` that was to return it."""
    found = error.diagnostics if isinstance(error, DefinitionError) else ()
    return len(found) == 1 and isinstance(found[0], NoPipeline) and "main" not in found[0].functions
