"""RN9xx: records of runs, and resuming a run."""

from __future__ import annotations

from runnable.diagnostics.diagnostic import Diagnostic
from runnable.diagnostics.wording import did_you_mean, nearest

_SHOWN = 10


class RunAmbiguous(Diagnostic):
    code = "RN901"
    explanation = "A run may be named by the beginning of its id, as long as only one run begins so; or as `latest`."
    run_id: str
    known: tuple[str, ...]

    @property
    def message(self) -> str:
        return f"{self.run_id!r} is the beginning of {len(self.known)} runs"

    @property
    def help(self) -> str | None:
        more = f" and {len(self.known) - _SHOWN} more" if len(self.known) > _SHOWN else ""
        return f"say more of it: {', '.join(self.known[:_SHOWN])}{more}"


class StepUnknown(Diagnostic):
    code = "RN902"
    explanation = (
        "A step of a run is named by its path, or by as much of the end of it as is needed to mean only one: `train`, "
        "`branch1.train`, `map.3.train`."
    )
    run_id: str
    step: str
    meant: tuple[str, ...] = ()
    known: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        if self.meant:
            return f"{self.step!r} means {len(self.meant)} steps of the run {self.run_id!r}"
        return f"the run {self.run_id!r} has no step {self.step!r}"

    @property
    def help(self) -> str | None:
        if self.meant:
            more = f" and {len(self.meant) - _SHOWN} more" if len(self.meant) > _SHOWN else ""
            return f"say which: {', '.join(self.meant[:_SHOWN])}{more}"
        ends = {path.split(".", depth)[-1]: path for path in self.known for depth in range(path.count(".") + 1)}
        if near := nearest(self.step, ends):
            return f"did you mean {ends[near]!r}?"
        return did_you_mean(self.step, self.known[:_SHOWN], "steps")


class AttemptUnknown(Diagnostic):
    code = "RN903"
    explanation = "Attempts at a step count from 1; a composite, and a step that has not started, have none."
    step: str
    status: str
    attempt: int | None
    attempts: int

    @property
    def message(self) -> str:
        if not self.attempts:
            return f"the step {self.step!r} has no attempts of its own: it is {self.status}"
        return f"the step {self.step!r} has no attempt {self.attempt}"

    @property
    def help(self) -> str | None:
        return f"its attempts are 1 to {self.attempts}" if self.attempts else None


class RunActive(Diagnostic):
    code = "RN904"
    explanation = "A run has one process at a time that works at it; another can resume it once that one has ended."
    run_id: str
    by: str = ""
    """Who works at it, for people, where that is known."""
    message_template = "the run {run_id!r} is under way in another process"
    help_template = "wait for its end, or end that process; then retry it"

    @property
    def note(self) -> str | None:
        return f"it is {self.by}" if self.by else None


class RunTakenOver(Diagnostic):
    code = "RN913"
    explanation = (
        "Each session of a run has a number, and a store takes no write of one that has a successor. A session is "
        "succeeded while it is alive if its machine was suspended or its process stopped for long, if it could not "
        "reach the store, or if its lock was lost: where the file system has none, or the lock's file was removed."
    )
    run_id: str
    by: str = ""
    message_template = "the run {run_id!r} was resumed elsewhere meanwhile; this session of it ends"

    @property
    def note(self) -> str | None:
        return f"it is under way in {self.by}" if self.by else None

    @property
    def help(self) -> str | None:
        return f"what this session had under way is not recorded; see `runnable show {self.run_id}`"


class RunLeftProcesses(Diagnostic):
    code = "RN914"
    explanation = (
        "A run that was killed is resumed once all that its tasks have started has ended: a step that ran again beside "
        "what is left of it could do its work twice. What belongs to a run is known on Linux, on the machine that it "
        "ran on, by a variable in the environment of its processes."
    )
    run_id: str
    alive: tuple[str, ...]
    """The processes, for people."""
    message_template = "something of the run {run_id!r} still runs"

    @property
    def note(self) -> str | None:
        more = len(self.alive) - _SHOWN
        return "\n   ".join([*self.alive[:_SHOWN], *([f"and {more} more"] if more > 0 else [])])

    help_template = "wait for the end of these processes, or end them; then retry the run"


class RecordDoesNotFit(Diagnostic):
    code = "RN905"
    explanation = (
        "A run is resumed with the pipeline as it is now: the code of its steps may have changed, and so may all that "
        "comes after the finished steps. What comes before a finished step must be what had run before it, or the "
        "finished step would have to run again."
    )
    run_id: str
    problems: tuple[str, ...]
    message_template = "the run {run_id!r} cannot go on, since its pipeline has changed where work is done already"

    @property
    def note(self) -> str | None:
        more = len(self.problems) - _SHOWN
        shown = [*self.problems[:_SHOWN], *([f"and {more} more"] if more > 0 else [])]
        return "\n   ".join(shown)

    help_template = "with --rerun-changed what has changed runs again, and all that comes after it; or start a new run"


class CannotGoOnThere(Diagnostic):
    code = "RN911"
    explanation = (
        "What is left of a run is compiled for a cluster. Its pods find what is done by the run's id, in the stores of "
        "the configuration: these must be the ones that the run has had."
    )
    run_id: str
    target: str
    reason: str
    message_template = "the run {run_id!r} cannot go on on {target}: {reason}"


class SourceUnknown(Diagnostic):
    code = "RN906"
    explanation = (
        "`runnable retry RUN` and `runnable replay RUN STEP` find the pipeline by its file's place in the "
        "project, which the run's record has. It is looked for from the working folder upwards. A file outside of the "
        "project is never run because a record names it: others may have written the record."
    )
    run_id: str
    source: str
    command: str

    @property
    def message(self) -> str:
        if not self.source:
            return f"the record of the run {self.run_id!r} does not say which file its pipeline is in"
        if self.source.startswith("/") or ".." in self.source.split("/"):
            return f"the record of the run {self.run_id!r} names {self.source}, which is outside of its project"
        return f"the pipeline of the run {self.run_id!r}, {self.source}, is not in this folder or above it"

    @property
    def help(self) -> str | None:
        step = " STEP" if self.command == "replay" else ""
        return f"say where it is: runnable {self.command} {self.run_id}{step} FILE"


class StepGone(Diagnostic):
    code = "RN907"
    explanation = (
        "A task is replayed with the code that its pipeline has for it now. The step is found by its path: a step that "
        "was renamed, or moved into another one, is another step."
    )
    file: str
    step: str
    known: tuple[str, ...]
    message_template = "the pipeline in {file} has no step {step!r} now"

    @property
    def help(self) -> str | None:
        return did_you_mean(self.step, self.known[:_SHOWN], "steps")


class ValuesUnreadable(Diagnostic):
    code = "RN908"
    explanation = (
        "Files, pickled objects and large values that a task got are in the store of its run. They are read from there "
        "to replay it, which needs the store to be reached from this machine."
    )
    step: str
    reason: str
    gone: bool = False
    """Whether no store has it."""
    message_template = "what the step {step!r} got cannot be had: {reason}"

    @property
    def help(self) -> str | None:
        if self.gone:
            return "run the pipeline again without object_serialisation: false, and replay a step of that run"
        return (
            "name a configuration (-c FILE) whose `catalog` is the store of that run, with an address that this "
            "machine reaches, and give credentials (AWS_ACCESS_KEY_ID, ...)"
        )


class ImageUnknown(Diagnostic):
    code = "RN909"
    explanation = "A task is replayed in a container of the image that it ran in, as far as that is known."
    step: str
    run: str
    message_template = "which image the step {step!r} of {run} ran in is not recorded"
    help_template = "name one with --image, or a configuration for local containers with -c FILE"


class ReplayUnfit(Diagnostic):
    code = "RN910"
    explanation = "Tasks can be replayed, those that are functions under a debugger too."
    step: str
    reason: str
    message_template = "the step {step!r} cannot be replayed so: {reason}"


class ReturnUnknown(Diagnostic):
    code = "RN912"
    explanation = "`runnable.load` reads what the last attempt at a step has returned under a name, as it is recorded."
    step: str
    name: str
    known: tuple[str, ...] = ()
    message_template = "the step {step!r} has not returned {name!r}"

    @property
    def help(self) -> str | None:
        return did_you_mean(self.name, self.known, "returns")


class PartUnfit(Diagnostic):
    code = "RN915"
    explanation = (
        "`runnable run --from STEP` and `--only STEP` begin at a step of the pipeline itself, not in a composite or a "
        "handler. What the steps before it returned, and files that they put, come from an earlier run in which they "
        "have succeeded: the last one of the pipeline that succeeded, or the one that --like names."
    )
    step: str
    reason: str
    advice: str
    message_template = "cannot begin at the step {step!r}: {reason}"
    help_template = "{advice}"
