"""What is said of where something comes from, beside what is here: one thing after another."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from enum import StrEnum
from pathlib import Path

from runnable.provenance.facts import Facts
from runnable.provenance.repository import CHANGED, CLEAN, Git
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json

_SHOWN = 5


class Verdict(StrEnum):
    """Whether something is as it is here. `NOTED` is for what may differ, and `UNKNOWN` where nothing is said."""

    SAME = "same"
    DIFFERS = "differs"
    UNKNOWN = "unknown"
    NOTED = "noted"


@dataclass(frozen=True, slots=True)
class Checked:
    """One thing, what is to be said of it, and the verdict."""

    name: str
    verdict: Verdict
    text: str

    def to_json(self) -> dict[str, Json]:
        """As JSON."""
        return {"check": self.name, "verdict": str(self.verdict), "text": self.text}


def belongs(found: Sequence[Checked]) -> bool:
    """Whether it is of this commit: nothing differs, and the commit is known."""
    return all(one.verdict is not Verdict.DIFFERS for one in found) and any(
        one.name == "commit" and one.verdict is Verdict.SAME for one in found
    )


def verdicts(said: Facts, here: Facts, root: Path, leave_out: Sequence[Path] = ()) -> Iterator[Checked]:
    """What `said` says beside what is `here`, in the project `root`; the files `leave_out` do not count."""
    yield _commit(said, here, Git(root), leave_out)
    yield _changes(said, here)
    yield _equal("pipeline", said.pipeline, here.pipeline, "its steps and their options")
    if said.lock or here.lock:
        yield _equal("lock", said.lock, here.lock, "the locked packages")
    if said.compiler == here.compiler:
        yield Checked("compiler", Verdict.SAME, f"runnable {here.compiler}")
    else:
        yield Checked("compiler", Verdict.NOTED, f"runnable {said.compiler or 'unknown'}, and {here.compiler} here")


def _commit(said: Facts, here: Facts, git: Git, leave_out: Sequence[Path]) -> Checked:
    if not said.commit or not here.commit:
        whose = "it says no commit" if not said.commit else "there is no git repository here"
        return Checked("commit", Verdict.UNKNOWN, whose)
    if said.commit == here.commit:
        return Checked("commit", Verdict.SAME, said.commit)
    differing = git.differing(said.commit, leave_out)
    if differing is None:
        return Checked("commit", Verdict.DIFFERS, f"{said.commit}, which is not in this repository")
    if not differing:
        return Checked("commit", Verdict.SAME, f"{said.commit}, from which no other file differs in {here.commit[:12]}")
    more = f" and {len(differing) - _SHOWN} more" if len(differing) > _SHOWN else ""
    names = f"{', '.join(differing[:_SHOWN])}{more}"
    return Checked("commit", Verdict.DIFFERS, f"{said.commit}; {here.commit[:12]} is here, with others of: {names}")


def _changes(said: Facts, here: Facts) -> Checked:
    if not said.changes or not here.changes:
        return Checked("files", Verdict.UNKNOWN, "whether they were as committed is not known")
    if said.changes == CHANGED:
        return Checked("files", Verdict.DIFFERS, "they were changed after the commit; in which way is not recorded")
    if said.changes == here.changes:
        text = "as committed" if said.changes == CLEAN else "changed after the commit, in the same way as here"
        return Checked("files", Verdict.SAME, text)
    words = {CLEAN: "as committed"}
    then, now = words.get(said.changes, "changed after the commit"), words.get(here.changes, "changed after it")
    return Checked("files", Verdict.DIFFERS, f"they were {then}, and here they are {now}")


def _equal(name: str, said: str, here: str, what: str) -> Checked:
    if not said or not here:
        return Checked(name, Verdict.UNKNOWN, f"{what}: {'nothing is said of them' if not said else 'not here'}")
    if said == here:
        return Checked(name, Verdict.SAME, f"{what}: {said}")
    return Checked(name, Verdict.DIFFERS, f"{what}: {said}, and {here} here")
