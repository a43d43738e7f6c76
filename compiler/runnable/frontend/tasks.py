"""A step that is one task, as the user has made it, to its node of the IR."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import field, replace
from pathlib import Path
from types import FunctionType
from typing import Any

from runnable.diagnostics.codes.steps import (
    FunctionNotImportable,
    FunctionOutsideProject,
    NotebookMissing,
    NotSupportedYet,
)
from runnable.diagnostics.diagnostic import Diagnostic
from runnable.frontend.arguments import Arguments, is_parameter
from runnable.frontend.functions import Located, locate
from runnable.frontend.options import OptionReader
from runnable.frontend.parameters import Declarations
from runnable.frontend.returns import Bad, is_name, noting, read_returns
from runnable.frontend.streams import read_stream_end
from runnable.ir.amounts import parameters_of
from runnable.ir.nodes import (
    Action,
    NotebookRun,
    Nothing,
    PythonCall,
    Question,
    Reads,
    ShellCommand,
    Task,
)
from runnable.ir.options import LONGEST_TIMEOUT
from runnable.passes.analysis.shell_names import never_exported
from runnable.sdk.asynchronous import AsyncPythonTask
from runnable.sdk.describe import shown
from runnable.sdk.parameters import ParameterReference
from runnable.sdk.pipeline import Step
from runnable.sdk.tasks import Approval, BaseTask, ContainerTask, NotebookTask, PythonTask, ShellTask, Stub
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import ReturnSpec
from runnable_runtime.values.callables import NotWritten
from runnable_runtime.values.signature import promised, reads

APPROVED = "approved"
"""What Argo has beside the answers, under a name that none of them has."""


@dataclass(slots=True)
class TaskBuilder:
    """Builds the tasks of one pipeline, whose project is at `root`; `functions` has those that they call.

    Mistakes go to `problems`, and what matters only on another machine to `portability`.
    """

    root: Path
    functions: dict[str, Callable[..., Any]]
    problems: list[Diagnostic]
    portability: list[Diagnostic]
    _located: dict[int, Located] = field(default_factory=dict)
    _signatures: dict[Callable[..., Any], Reads] = field(default_factory=dict)
    _returned: dict[Callable[..., Any], object] = field(default_factory=dict)
    _bad: Bad = field(init=False)

    def __post_init__(self) -> None:
        self._bad = noting(self.problems)

    def build(self, step: Step) -> Task:
        """A task of any kind, or a Stub."""
        if isinstance(step, Approval):
            return self._approval(step)
        if not isinstance(step, BaseTask | Stub) and (task := self._of_others(step)) is not None:
            return task
        self._refuse_unsupported(step)
        returns = read_returns(step, self._bad, self._promised(step)) if isinstance(step, BaseTask) else ()
        action, read = self._action(step, [returned.name for returned in returns])
        arguments = Arguments(step, action, self.root, self.problems).read() if isinstance(step, BaseTask) else ()
        image = self._image_parameter(step)
        read = read.with_arguments(arguments).with_parameters((image,) if image else ())
        reader = OptionReader(f"step {step.name!r}", step.span, self.problems, self.root)
        files = reader.files(getattr(step, "catalog", None))
        if not isinstance(step, BaseTask):
            return Task(step.name, action, read, files=files, span=step.span)
        options = reader.read(step)
        read = read.with_parameters(parameters_of(options.resources))
        return Task(step.name, action, read, returns, options, step.span, files, arguments, image)

    def _of_others(self, step: Step) -> Task | None:
        """A task that others do, which few pipelines have; None for another class."""
        from runnable.frontend.others import Others
        from runnable.sdk.others import HttpTask, TemplateTask

        return Others(step, self.problems).read() if isinstance(step, TemplateTask | HttpTask) else None

    def _approval(self, step: Approval) -> Task:
        owner = f"step {step.name!r}"
        declared = Declarations(self.functions)
        declared.read_answers(step, owner)
        self.problems += declared.problems
        for name in list(declared.found):
            if not is_name(name) or name == APPROVED:
                reason = f"has {shown(name)}, and names are letters, digits and _, and not {APPROVED!r}"
                self._bad(owner, "answers", reason, step)
                del declared.found[name]
        message: Any = step.message
        if not isinstance(message, str):
            self._bad(owner, "message", f"is a text, not {shown(message)}", step)
            message = ""
        reader = OptionReader(owner, step.span, self.problems)
        deadline = reader.seconds("deadline", step.deadline, LONGEST_TIMEOUT)
        question = Question(message, deadline, tuple(declared.found.values()))
        returns = tuple(ReturnSpec(one) for one in declared.found)
        return Task(step.name, question, returns=returns, span=step.span)

    def _image_parameter(self, step: Step) -> str:
        """The name of the parameter whose value is the image of `step`; empty if none is."""
        image: Any = getattr(step, "image", None)
        if not isinstance(image, ParameterReference):
            return ""
        if not is_parameter(image.name):
            reason = f'has {shown(image)}, and a parameter has a name, as param("image")'
            self._bad(f"step {step.name!r}", "image", reason, step)
            return ""
        return image.name

    def _refuse_unsupported(self, step: Step) -> None:
        if getattr(step, "optional_ploomber_args", None):
            self._not_yet(f"optional_ploomber_args (of step {step.name!r})", step)

    def _action(self, step: Step, returns: list[str]) -> tuple[Action, Reads]:
        match step:
            case PythonTask():
                return self._python(step)
            case ShellTask():
                command: Any = step.command
                if not isinstance(command, str) or not command.strip():
                    self._bad(f"step {step.name!r}", "command", f"is a text, not {shown(command)}", step)
                return ShellCommand(str(command)), Reads(never_exported(str(command), returns), everything=True)
            case NotebookTask():
                return self._notebook(step, returns)
            case ContainerTask():
                from runnable.frontend.containers import Containers

                return Containers(step, self.problems).read()
            case Stub():
                return Nothing(), Reads()
            case _:
                self._bad(f"step {step.name!r}", "class", f"{type(step).__name__} is no kind of task", step)
                return Nothing(), Reads()

    def _python(self, step: PythonTask) -> tuple[Action, Reads]:
        located = self._located.get(id(step.function))  # a function of many steps is looked for once
        if located is None:
            located = self._located[id(step.function)] = locate(step.function, self.root)
        call = located.call
        if call is None:
            self.problems.append(FunctionNotImportable(span=step.span, step=step.name, reason=located.problem))
            return PythonCall("", ""), Reads()
        if located.outside:
            self.outside(step, located.outside)
        if located.only_here:
            reason = located.only_here
            self.portability.append(FunctionNotImportable(span=step.span, step=step.name, reason=reason))
        if isinstance(step, AsyncPythonTask):
            call = replace(call, stream_end=read_stream_end(step, self._bad))
        self.functions[f"{call.module}:{call.name}"] = step.function
        read = self._signatures.get(step.function)
        if read is None:
            found = reads(step.function)
            read = self._signatures[step.function] = Reads(found.required, found.optional, found.everything)
        return call, read

    def _notebook(self, step: NotebookTask, returns: list[str]) -> tuple[Action, Reads]:
        from runnable.frontend.notebooks import find_notebook, reads_of

        found, reason = find_notebook(step.notebook, self.root)
        if reason:
            missing = NotebookMissing(span=step.span, step=step.name, notebook=str(step.notebook), reason=reason)
            self.problems.append(missing)
            return NotebookRun(""), Reads()
        return NotebookRun(found), reads_of(self.root / found, returns)

    def _promised(self, step: Step) -> object:
        """What the function of a Python task is annotated to return."""
        if not isinstance(step, PythonTask) or not callable(step.function):
            return NotWritten
        if not isinstance(step.function, FunctionType):  # which another object may be equal to
            return promised(step.function)
        if step.function not in self._returned:
            self._returned[step.function] = promised(step.function)
        return self._returned[step.function]

    def outside(self, step: Step, file: str) -> None:
        """Note that a function of `step` is in `file`, outside of the project."""
        outside = FunctionOutsideProject(span=step.span, step=step.name, file=file, root=str(self.root))
        self.portability.append(outside)

    def _not_yet(self, feature: str, step: Step) -> None:
        self.problems.append(NotSupportedYet(span=step.span, feature=feature))
