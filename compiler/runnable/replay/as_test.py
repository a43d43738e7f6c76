"""A recorded attempt as a test: a file for pytest, and beside it what the attempt had from the run's store."""

from __future__ import annotations

import pprint
import re
import shutil
from pathlib import Path

from runnable.diagnostics.errors import OutputError
from runnable.replay.keeping import kept_in
from runnable.replay.recorded import Recorded
from runnable_runtime.presence import is_there
from runnable_runtime.process.files import write_atomically
from runnable_runtime.values.reference import has_reference, shown

_DATA = "replay_data"
_TEST = '''"""The step {path} with the inputs that it had in {run}, attempt {attempt}.

There it {ended}

Written by `runnable replay --save-as-test`: yours to change. It passes as soon as the step ends well with these inputs;
say below what it is to return.
"""

from pathlib import Path

from runnable.testing import replay_task

SPEC = {spec}
INPUTS = {inputs}
{store}

def test_{name}_as_in_{run_name}():
    outputs = replay_task(SPEC, INPUTS, project={project}{store_argument})
    assert outputs.keys() == {returns}
'''


def save_as_test(recorded: Recorded, file: Path) -> list[Path]:
    """Write the test, and what it needs; the files that were written.

    Raises OutputError for a file that is there already, or cannot be written; RecordUnusable (RN908).
    """
    data = file.parent / _DATA / file.stem
    for place in (file, data):
        if is_there(place):
            raise OutputError(f"{place} is there already: remove it, or name another file with --save-as-test=FILE")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        kept = kept_in(recorded, data)
        write_atomically(file, _text(kept, file, data if is_there(data) else None))
    except OSError as error:
        shutil.rmtree(data, ignore_errors=True)
        raise OutputError(f"the test cannot be written to {file}: {error.strerror or error}") from None
    return [file, *([data] if is_there(data) else [])]


def test_file(recorded: Recorded) -> Path:
    """Where the test is written to if nothing else is said, relative to the project."""
    return Path("tests", f"test_replay_{_identifier(recorded.path)}.py")


def _text(recorded: Recorded, file: Path, data: Path | None) -> str:
    up = _upwards(file.resolve().parent, recorded.project.resolve())
    store = f"STORE = Path(__file__).parent / {_DATA!r} / {file.stem!r}" if data else ""
    spec = recorded.spec
    return _TEST.format(
        path=_in_docstring(repr(recorded.path)),
        run=_in_docstring(str(recorded.run)),
        attempt=int(recorded.attempt),
        ended=_in_docstring(_ended(recorded)),
        spec=_literal(spec.to_json()),
        inputs=_literal({name: _marked(value) for name, value in recorded.parameters.items()}),
        store=f"{store}\n" if store else "",
        store_argument=f", store=STORE, run_id={recorded.storage.run_id!r}" if store else "",
        name=_identifier(recorded.path),
        run_name=_identifier(recorded.run),
        project=up,
        returns="{" + ", ".join(repr(r.name) for r in spec.returns) + "}" if spec.returns else "set()",
    )


def _ended(recorded: Recorded) -> str:
    message = " ".join(recorded.message.split())
    return f"{recorded.status}: {message[:200]}" if message else str(recorded.status)


def _in_docstring(text: str) -> str:
    """`text` such that no record can end the docstring that it stands in."""
    return text.encode("unicode_escape").decode("ascii").replace('"', "'")


def _marked(value: object) -> object:
    """A value, or where it is in the store, as `replay_task` reads it."""
    return {"in the store": shown(value)} if has_reference(value) else value


def _literal(value: object) -> str:
    return pprint.pformat(value, width=100, sort_dicts=False)


def _upwards(folder: Path, project: Path) -> str:
    """The project's folder, as an expression of the test's own place."""
    if not folder.is_relative_to(project):
        return f"Path({str(project)!r})"
    return f"Path(__file__).parents[{len(folder.relative_to(project).parts)}]"


def _identifier(text: str) -> str:
    return re.sub(r"[^0-9A-Za-z]+", "_", text).strip("_").lower() or "step"
