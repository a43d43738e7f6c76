"""Finding the pipeline of a file without running it.

A file in Python is run as `python FILE` would run it, `execute()` taking note of pipelines instead of running them.
What it would have executed is its pipeline; if it executes none, a Pipeline at module level or what `main()` returns
is. A file in YAML is read (`frontend.yaml_pipelines`).
"""

from __future__ import annotations

import os
import sys
from collections.abc import Coroutine, Iterator, Mapping
from contextlib import chdir, contextmanager, redirect_stdout
from dataclasses import field, replace
from pathlib import Path
from types import CodeType, FunctionType, ModuleType

from runnable.configuration.project import find_root, in_project
from runnable.diagnostics.codes.loading import (
    FileDoesNotImport,
    FileNotReadable,
    NoPipeline,
    NotAPipeline,
    RestNotRun,
    SeveralPipelines,
)
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.errors import DefinitionError, RunnableError
from runnable.diagnostics.span import Span
from runnable.frontend.build import build
from runnable.frontend.functions import SCRIPT_MARK
from runnable.ir.unit import CompilationUnit
from runnable.sdk.composites import Conditional, Loop, Map, Parallel
from runnable.sdk.handler import Execution, noted
from runnable.sdk.jobs import BaseJob
from runnable.sdk.pipeline import Pipeline, Step
from runnable_runtime.deferred import dataclass
from runnable_runtime.failures import a
from runnable_runtime.presence import is_file
from runnable_runtime.protocol import Json

YAML_SUFFIXES = (".yaml", ".yml")
"""What the file of a pipeline in YAML ends with."""


@dataclass(frozen=True, slots=True)
class Loaded:
    """The pipeline of a file, with what its `execute()` names.

    Files are as seen from the working folder, empty if none; `parameters` are those that it gives.
    """

    unit: CompilationUnit
    parameters_file: str
    configuration_file: str
    parameters: Mapping[str, Json] = field(default_factory=dict)


def load(reference: str) -> Loaded:
    """The pipeline of ``FILE`` or ``FILE:name``, `name` being a function without arguments or a Pipeline.

    A FILE that ends with .yaml or .yml is a pipeline of the published package's form. For another FILE there may be the
    dotted name of a module that is found from the working folder. A file in a package is loaded as ``python -m`` does,
    so that it may import relatively.

    The file's own output goes to standard error, and the working folder is afterwards what it was. Raises
    DefinitionError for a file that cannot be read or run, or that defines no pipeline or several.
    """
    file, _, name = reference.rpartition(":") if _names_member(reference) else (reference, "", "")
    if file.endswith(YAML_SUFFIXES):
        return _of_yaml(file, name)
    file = _file_of(file)
    code = _compile(file)
    with redirect_stdout(sys.stderr), noted() as calls:
        with chdir("."):  # the file may change the working folder, which its own path is seen from
            rest: list[Diagnostic] = []
            found = _named(file, code, name, calls, rest) if name else _executed(file, code, calls, rest)
        return _only(file, name, found, rest)


def _of_yaml(file: str, name: str) -> Loaded:
    """The pipeline of a YAML file, whose functions are imported from the project and from the working folder."""
    from runnable.frontend.yaml_pipelines.reading import read_pipeline

    if name:
        raise _failed(FileNotReadable(file=file, reason=f"a YAML file has one pipeline, and {name!r} names another"))
    path = str(Path(file).resolve())
    with redirect_stdout(sys.stderr), noted(), chdir("."):
        for folder in (find_root(file), Path.cwd()):
            if str(folder) not in sys.path:
                sys.path.insert(0, str(folder))
        pipeline, document = read_pipeline(path, file)
        unit = build(pipeline, path)
    return Loaded(replace(unit, diagnostics=(*document.problems, *unit.diagnostics)), "", "")


def _names_member(reference: str) -> bool:
    head, colon, tail = reference.rpartition(":")
    return bool(colon) and tail.isidentifier() and len(head) > 1


def _file_of(named: str) -> str:
    """The file of the module that is called `named`, seen from the working folder; another text as it is."""
    parts = named.split(".")
    if named.endswith(".py") or not all(part.isidentifier() for part in parts):
        return named
    folders = [Path.cwd(), find_root(str(Path.cwd() / "module.py"))]
    for folder in (*folders, *(folder / "src" for folder in folders)):
        for place in (folder.joinpath(*parts).with_suffix(".py"), folder.joinpath(*parts, "__main__.py")):
            if is_file(place):
                return os.path.relpath(place)
    return named


def _compile(file: str) -> CodeType:
    path = Path(file)
    try:
        if path.suffix != ".py":
            raise _failed(FileNotReadable(file=file, reason="it is not a Python file (.py)"))
        return compile(path.read_bytes(), str(path.resolve()), "exec", dont_inherit=True)
    except OSError as error:
        raise _failed(FileNotReadable(file=file, reason=error.strerror or str(error))) from None
    except SyntaxError as error:
        span = Span(str(path.resolve()), error.lineno) if error.lineno else None
        raise _failed(FileDoesNotImport(span=span, file=file, reason=f"SyntaxError: {error.msg}")) from None
    except ValueError as error:
        raise _failed(FileDoesNotImport(file=file, reason=str(error))) from None


def _failed(diagnostic: Diagnostic) -> DefinitionError:
    return DefinitionError([diagnostic])


def _executed(file: str, code: CodeType, calls: list[Execution], rest: list[Diagnostic]) -> list[Execution]:
    """The pipelines that `python FILE` would execute, or else that the file holds."""
    module = _module(file, "__main__")
    with _user_code(file, calls, rest):
        exec(code, module.__dict__)  # noqa: S102 - running the user's file is the task
    if calls:
        return calls
    held = [v for v in vars(module).values() if isinstance(v, Pipeline | BaseJob)]
    if held:
        return [Execution(subject=one) for one in _outermost(held)]
    main = vars(module).get("main")
    if isinstance(main, FunctionType):
        return _called(file, main, calls, rest)
    return []


def _named(file: str, code: CodeType, name: str, calls: list[Execution], rest: list[Diagnostic]) -> list[Execution]:
    """The pipeline that the member `name` of the file is or returns."""
    root = find_root(file)
    path = Path(file).resolve()
    dotted = path.relative_to(root) if path.is_relative_to(root) else Path(path.name)
    module = _module(file, ".".join(dotted.with_suffix("").parts))
    with _user_code(file, [], rest):
        exec(code, module.__dict__)  # noqa: S102 - running the user's file is the task
    calls.clear()
    member = vars(module).get(name)
    if isinstance(member, Pipeline | BaseJob):
        return [Execution(subject=member)]
    if isinstance(member, FunctionType):
        if found := _called(file, member, calls, rest):
            return found
        raise _failed(NotAPipeline(file=file, name=name, found="returns no Pipeline and no job"))
    kinds = Pipeline | BaseJob | FunctionType
    known = tuple(k for k, v in vars(module).items() if isinstance(v, kinds) and k[0] != "_")
    reason = "does not exist" if member is None else f"is {a(type(member).__name__)}, not a function or a Pipeline"
    raise _failed(NotAPipeline(file=file, name=name, found=reason, known=known))


def _called(file: str, function: FunctionType, calls: list[Execution], rest: list[Diagnostic]) -> list[Execution]:
    result: object = None
    with _user_code(file, calls, rest):
        result = function()
        if isinstance(result, Coroutine):
            from runnable_runtime.tasks.asynchronous import finish

            result = finish(result)
    if calls:
        return calls
    return [Execution(subject=result)] if isinstance(result, Pipeline | BaseJob) else []


def _module(file: str, name: str) -> ModuleType:
    """A module for the file as `python FILE` would have it: the script, its folder and the project on the path."""
    path = Path(file).resolve()
    module = ModuleType(name)
    module.__file__ = str(path)
    setattr(module, SCRIPT_MARK, True)
    package, _ = _package(path)
    if package:
        module.__package__ = package
    sys.modules[name] = module
    sys.argv = [file]
    for folder in import_folders(file):
        if str(folder) not in sys.path:
            sys.path.insert(0, str(folder))
    return module


def import_folders(file: str) -> tuple[Path, Path, Path]:
    """What `file` imports from beside what is installed, the last one first."""
    return find_root(file), Path.cwd(), _package(Path(file).resolve())[1]


def _package(file: Path) -> tuple[str, Path]:
    """The package that `file` is a module of, empty if it is in none, and the folder to import that from."""
    folder = file.parent
    names: list[str] = []
    while is_file(folder / "__init__.py"):
        names.insert(0, folder.name)
        folder = folder.parent
    return ".".join(names), folder


@contextmanager
def _user_code(file: str, calls: list[Execution], rest: list[Diagnostic]) -> Iterator[None]:
    """Turns what the user's code raises into a diagnostic at the user's own line.

    Once a pipeline has been noted it is a hint, added to `rest`: what follows `execute()` has no results to work with.
    """
    try:
        yield
    except (RunnableError, KeyboardInterrupt):
        raise
    except SystemExit as error:
        if not calls:
            raise _failed(FileDoesNotImport(file=file, reason=f"it ends with exit({error.code!r})")) from None
    except BaseException as error:
        import traceback

        line, elsewhere = _place(file, error)
        reason = "".join(traceback.format_exception_only(error)).strip()
        if calls and isinstance(error, Exception):
            rest.append(RestNotRun(span=line, file=file, reason=reason, trace=elsewhere))
            return
        raise _failed(FileDoesNotImport(span=line, file=file, reason=reason, trace=elsewhere)) from None


def _place(file: str, error: BaseException) -> tuple[Span | None, str]:
    """The line of `file` that an exception came from, and where else in the project it was raised."""
    import traceback

    own, root = str(Path(file).resolve()), find_root(file)
    frames = traceback.extract_tb(error.__traceback__)
    line = next((frame.lineno for frame in reversed(frames) if frame.filename == own and frame.lineno), None)
    last = next((f for f in reversed(frames) if Path(f.filename).is_relative_to(root)), None)
    elsewhere = f"raised in {Span(last.filename, last.lineno or 1).display()}" if last and last.filename != own else ""
    return Span(own, line) if line else None, elsewhere


def _outermost(found: list[Pipeline | BaseJob]) -> list[Pipeline | BaseJob]:
    """The jobs and pipelines, each once, that are not a branch of another one."""
    inner: set[int] = set()

    def note(pipeline: Pipeline) -> None:
        for step in pipeline.steps:
            for branch in (*_branches(step), step.on_failure):
                if isinstance(branch, Pipeline) and id(branch) not in inner:
                    inner.add(id(branch))
                    note(branch)

    unique = {id(one): one for one in found}
    for one in unique.values():
        if isinstance(one, Pipeline):
            note(one)
    return [p for key, p in unique.items() if key not in inner]


def _branches(step: Step) -> tuple[object, ...]:
    match step:
        case Parallel(branches=branches):
            return tuple(branches.values())
        case Conditional(branches=branches, default=default):
            return (*branches.values(), default)
        case Map(branch=branch) | Loop(branch=branch):
            return (branch,)
        case _:  # a task, or a class that is none
            return ()


def _only(file: str, name: str, found: list[Execution], rest: list[Diagnostic]) -> Loaded:
    """The one pipeline of the file; the same one executed twice counts as one."""
    loaded: dict[object, Loaded] = {}
    for call in found:
        unit = build(call.subject, str(Path(file).resolve()))
        if name:
            source = f"{unit.program.source}:{name}"
            unit = replace(unit, program=replace(unit.program, source=source))
        unit = replace(unit, portability=(*unit.portability, *rest))
        root = Path(unit.program.root)
        parameters_file, configuration_file = (
            in_project(call.parameters_file, root),
            in_project(call.configuration_file, root),
        )
        same = repr(unit.program) if len(found) > 1 else ""
        loaded.setdefault(same, Loaded(unit, parameters_file, configuration_file, parameters=call.parameters))
    if len(loaded) > 1:
        places = tuple(span for call in found if (span := call.subject.span))
        raise _failed(SeveralPipelines(file=file, places=tuple(dict.fromkeys(places))))
    if not loaded:
        module = sys.modules["__main__"]
        functions = tuple(
            name for name, v in vars(module).items() if isinstance(v, FunctionType) and v.__module__ == module.__name__
        )
        raise _failed(NoPipeline(file=file, functions=functions))
    return next(iter(loaded.values()))
