"""A notebook task: put the parameters in, execute it once, read its variables, keep the executed notebook."""

from __future__ import annotations

import json
import os
import re
import tempfile
import unicodedata
import warnings
from collections.abc import Iterable, Mapping
from keyword import iskeyword
from pathlib import Path
from typing import TYPE_CHECKING, Any

from runnable_runtime.deferred import pattern
from runnable_runtime.failures import BadInput, BadReturn, UserCodeFailed, how_to_install
from runnable_runtime.process.files import write_atomically
from runnable_runtime.protocol import Json, TaskSpec
from runnable_runtime.stores.objects import Objects
from runnable_runtime.tasks.harvest import GIVEN_VARIABLE, READS, WATCHED_VARIABLE, given_file
from runnable_runtime.values.reference import has_object

if TYPE_CHECKING:
    from nbformat import NotebookNode

    from runnable_runtime.process.reads import Reads
    from runnable_runtime.redaction import Redactor

_PARAMETERS = "parameters"
_INJECTED = "injected-parameters"
_WORD = pattern(r"[^\W\d]\w*")
_ANY_NAME = pattern(
    r"\b(?:exec|eval|globals|f_globals|locals|vars|dir|get_ipython|query|user_ns|__main__|__dict__|import_module)\b"
    r"|\bsys\.modules\b|import\s*\*|^\s*run\s+\S|^\s*%(?:run|load|sql|who|whos|store|macro|R|cython)\b|^\s*%%",
    re.MULTILINE,
)
"""What may use variables by names that stand in no cell."""
_LOADER = "runnable_runtime.tasks.harvest"


def run(
    spec: TaskSpec,
    parameters: Mapping[str, Json],
    project: Path,
    environment: Mapping[str, str],
    output: Path | None,
    objects: Objects,
    redactor: Redactor | None,
    reads: Reads | None,
) -> tuple[dict[str, Json], dict[str, Json]]:
    """Execute the notebook that `spec` names, in a kernel of this interpreter, in the current folder.

    Parameters go, as a cell of assignments, after the cell tagged `parameters`, or first if there is none. Left out are
    those whose names are no Python names, and those that it certainly does not use: no cell mentions them, in code,
    text or magics, and none may look for variables by names that it puts together. `output` gets the executed
    notebook, also when a cell failed, without the secrets that `redactor` knows.

    Returns:
        The outputs, from the notebook's variables, and the parameters that went in.

    Raises:
        UserCodeFailed: there is no such notebook, a cell raised, or the kernel died.
        BadReturn: a declared return is not defined at the end, or is not JSON.
        BadInput: the packages that notebooks need are not installed.
    """
    given = {name: value for name, value in parameters.items() if name.isidentifier() and not iskeyword(name)}
    with warnings.catch_warnings(), tempfile.TemporaryDirectory(prefix="runnable-nb-") as scratch:
        warnings.simplefilter("ignore")  # of the notebook libraries; the notebook's own come from its kernel
        try:
            from runnable_runtime.tasks import kernel
        except ModuleNotFoundError as error:
            raise BadInput(
                f"notebooks need the package {error.name!r}, which is not installed: {how_to_install('notebook')}"
            ) from None
        notebook = _read(project / spec.target, spec.target)
        given = _used(notebook, given, [one.name for one in spec.returns])
        if given:
            _inject(notebook, {name: _source(value, name, objects, Path(scratch)) for name, value in given.items()})
        try:
            kernel.execute(
                notebook,
                label=spec.target,
                ending=_harvest(spec, scratch) if spec.returns else "",
                environment=_environment(spec, project, environment, scratch, reads),
                scratch=Path(scratch),
            )
        finally:
            if output is not None:
                _keep(notebook, output, redactor)
        if reads is not None:
            reads.add(json.loads((Path(scratch) / READS).read_text(encoding="utf-8")))
        return (_returned(spec, Path(scratch), objects) if spec.returns else {}), given


def _read(path: Path, shown: str) -> NotebookNode:
    import nbformat

    try:
        notebook: NotebookNode = nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except FileNotFoundError:
        raise UserCodeFailed(f"there is no notebook {shown} in {path.parent} (is it in this image?)") from None
    except OSError as error:
        raise UserCodeFailed(f"the notebook {shown} cannot be read: {error.strerror}") from None
    except Exception as error:  # nbformat raises a class of its own for each way to be malformed
        raise UserCodeFailed(f"{shown} is no notebook: {str(error).partition(chr(10))[0][:200]}") from None
    if not is_python(language := language_of(notebook)):
        raise UserCodeFailed(f"{shown} is a notebook in {language}, and only Python's are executed")
    for cell in notebook.cells:
        if cell.metadata.get("tags", ()) is None:  # which nbclient takes for a list
            del cell.metadata["tags"]
    return notebook


def language_of(notebook: Mapping[str, Any]) -> str:
    """The language that a notebook says it is in: Python if it says none."""
    metadata = notebook.get("metadata") or {}
    named = (metadata.get("kernelspec") or {}).get("language") or (metadata.get("language_info") or {}).get("name")
    return str(named or "python")


def is_python(language: str) -> bool:
    """Whether it is the language of this interpreter: `python`, `Python 3` or `ipython`."""
    return language.lower().removeprefix("i").startswith("python")


def _used(notebook: NotebookNode, given: Mapping[str, Json], returns: Iterable[str]) -> dict[str, Json]:
    """Those of the parameters that the notebook may use, or that its step returns as they are."""
    words = words_in(cell.source for cell in notebook.cells if cell.cell_type == "code")
    if words is None:
        return dict(given)
    words = words.union(returns)
    return {name: value for name, value in given.items() if unicodedata.normalize("NFKC", name) in words}


def words_in(cells: Iterable[str]) -> set[str] | None:
    """What may be names in the source of code cells; None if they may look for variables by names put together."""
    source = unicodedata.normalize("NFKC", "\n".join(cells))
    return None if _ANY_NAME.search(source) else set(_WORD.findall(source))


def _source(value: Json, name: str, objects: Objects, scratch: Path) -> str:
    """The expression that gives a cell the parameter `name`; an object is brought to `scratch`, and loaded there."""
    if not has_object(value):
        return repr(objects.load(value, name))
    if isinstance(value, list):
        return f"[{', '.join(_source(item, f'{name}.{n}', objects, scratch) for n, item in enumerate(value))}]"
    objects.copy(value, name, scratch / given_file(name))
    return f"__import__({_LOADER!r}, fromlist=['load']).load({name!r})"


def _inject(notebook: NotebookNode, sources: Mapping[str, str]) -> None:
    from nbformat.v4 import new_code_cell

    lines = ["# Injected parameters", *(f"{name} = {source}" for name, source in sources.items())]
    cell = new_code_cell("\n".join(lines), id=_INJECTED, metadata={"tags": [_INJECTED]})  # type: ignore[no-untyped-call]
    if (notebook.nbformat, notebook.nbformat_minor) < (4, 5):
        del cell["id"]
    # A notebook that was kept from an earlier run has such a cell already.
    notebook.cells = [other for other in notebook.cells if _INJECTED not in _tags(other)]
    tagged = [index for index, other in enumerate(notebook.cells) if _PARAMETERS in _tags(other)]
    notebook.cells.insert(tagged[0] + 1 if tagged else 0, cell)


def _tags(cell: Any) -> list[str]:
    return list(cell.metadata.get("tags", []))


def _harvest(spec: TaskSpec, scratch: str) -> str:
    names = [returned.name for returned in spec.returns if returned.kind != "object"]
    objects = [returned.name for returned in spec.returns if returned.kind == "object"]
    return f"from {_LOADER} import harvest as _runnable_harvest\n_runnable_harvest({names!r}, {objects!r}, {scratch!r})"


def _returned(spec: TaskSpec, scratch: Path, objects: Objects) -> dict[str, Json]:
    collected = scratch / "returns.json"
    if not collected.exists():
        raise UserCodeFailed("the notebook's kernel ended before its variables could be read")
    document = json.loads(collected.read_text(encoding="utf-8"))
    if "problem" in document:
        raise BadReturn(document["problem"])
    outputs: dict[str, Json] = document["outputs"]
    for name, kind in document["types"].items():
        outputs[name] = objects.save_file(scratch / f"{name}.pickle", name, kind)
    return {returned.name: outputs[returned.name] for returned in spec.returns}


def _environment(
    spec: TaskSpec, project: Path, environment: Mapping[str, str], scratch: str, reads: Reads | None
) -> dict[str, str]:
    """The kernel's: it imports what the task could, and leaves nothing in the user's home folder."""
    variables = {**os.environ, **environment}
    folders = [*(str(project / folder) for folder in spec.import_path), str(project)]
    folders += [str(Path(__file__).resolve().parent.parent.parent), variables.get("PYTHONPATH", "")]
    return {
        **variables,
        "PYTHONPATH": os.pathsep.join(filter(None, dict.fromkeys(folders))),
        GIVEN_VARIABLE: scratch,
        WATCHED_VARIABLE: "" if reads is None else reads.encode(),
        "IPYTHONDIR": scratch,
        "JUPYTER_RUNTIME_DIR": scratch,
        "PYDEVD_DISABLE_FILE_VALIDATION": "1",
    }


def _keep(notebook: NotebookNode, output: Path, redactor: Redactor | None) -> None:
    import nbformat

    kept = nbformat.from_dict(redactor.json(notebook)) if redactor else notebook  # type: ignore[no-untyped-call]
    text: str = nbformat.writes(kept)  # type: ignore[no-untyped-call]
    write_atomically(output, text if text.endswith("\n") else text + "\n")
