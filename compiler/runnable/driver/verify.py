"""Whether a run, or a manifest, and its image are of the files here: the whole way on one screen."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from runnable.diagnostics.errors import RunnableError
from runnable.images.build import project_recipes
from runnable.images.recipe import BuildOptions
from runnable.ir.nodes import Task
from runnable.ir.unit import CompilationUnit
from runnable.provenance.facts import Facts, facts
from runnable.provenance.verdict import Checked, Verdict, verdicts
from runnable.runs.code import CodeBook
from runnable.runs.resume.positions import Places
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json
from runnable_runtime.records.records import RunRecord

_SHOWN = 5


@dataclass(frozen=True, slots=True)
class Verified:
    """What was checked, and what is said of where it comes from."""

    checked: tuple[Checked, ...]
    said: Facts


def verify_run(record: RunRecord, unit: CompilationUnit) -> Verified:
    """A recorded run beside the pipeline `unit`."""
    said, root = Facts.of_record(record), Path(unit.program.root or ".")
    checked = [*verdicts(said, facts(unit.program), root), _code(record, unit)]
    machines = [one.machine for step in record.steps.values() for one in step.attempts if one.machine]
    checked += images_checked({one.image for one in machines if one.image}, root)
    return Verified(tuple(checked), said)


def verify_manifests(said: Facts, images: Sequence[str], paths: Sequence[Path], unit: CompilationUnit) -> Verified:
    """Manifests in `paths`, which say `said` and name `images`, beside the pipeline `unit`."""
    root = Path(unit.program.root or ".")
    checked = [*verdicts(said, facts(unit.program, paths), root, paths), *images_checked(images, root)]
    return Verified(tuple(checked), said)


def to_json(found: Verified, name: str, *, belongs: bool) -> dict[str, Json]:
    """As JSON."""
    return {
        "version": 1,
        "of": name,
        "belongs": belongs,
        "checks": [one.to_json() for one in found.checked],
        "said": found.said.annotations(),
    }


def _code(record: RunRecord, unit: CompilationUnit) -> Checked:
    """Whether the code of each step that has run is that of the pipeline now."""
    book, places = CodeBook(unit.program, unit.functions), Places(unit.program)
    differing: dict[str, None] = {}
    same = 0
    for path, step in record.steps.items():
        digest = step.attempts[-1].code if step.attempts else ""
        if not digest:
            continue
        placed = places.find(path)
        if placed is not None and isinstance(placed.node, Task) and book.of(placed.node)[0] == digest:
            same += 1
        else:
            differing[path] = None
    if differing:
        names = list(differing)
        more = f" and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
        return Checked("code", Verdict.DIFFERS, f"not that of the files here: {', '.join(names[:_SHOWN])}{more}")
    if not same:
        return Checked("code", Verdict.UNKNOWN, "no step has recorded what its code was")
    return Checked("code", Verdict.SAME, f"of {same} tasks that of the files here")


def images_checked(images: Iterable[str], root: Path) -> Iterator[Checked]:
    """Whether images have the tag that `runnable image build` would give to one of the files here."""
    names = sorted(set(images))
    if not names:
        return
    try:
        tag = project_recipes(root, BuildOptions())[0][-1].tag
    except RunnableError:
        yield Checked("image", Verdict.UNKNOWN, f"{', '.join(names)}: no image can be made of the files here")
        return
    for name in names:
        if name.partition("@")[0].rpartition(":")[2] == tag:
            yield Checked("image", Verdict.SAME, f"{name}: its tag is that of the files here")
        else:
            text = f"{name}: its tag is not {tag}, which `runnable image build` gives to one of the files here"
            yield Checked("image", Verdict.NOTED, text)
