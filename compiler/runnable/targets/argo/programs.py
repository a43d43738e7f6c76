"""Steps that run an image of their own: a template with the program as it is, and a DAG that speaks our data for it.

    step: [run: the program]     in: lines with the parameters           out: a line for each file of its returns
           lr: the text of lr                                                 rows: the text of /out/rows.json

Nothing of ours is in the image, so what goes in are arguments, made of the lines by expressions, and what comes out are
output parameters of Argo's, which the DAG writes as lines that say "a text".
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import PurePosixPath

from runnable.ir.amounts import Amount
from runnable.ir.nodes import ContainerRun
from runnable.targets.argo import expressions
from runnable.targets.argo.api import core, models
from runnable.targets.argo.expressions import (
    GIVEN_INPUT,
    GIVEN_SPEC,
    IMAGE,
    INPUT,
    INPUT_TEXT,
    PROGRAM,
    SPEC,
    Output,
)
from runnable.targets.argo.lookup import Lookup
from runnable.targets.argo.wiring import inputs, output
from runnable.targets.kubernetes.pod_options import PodOptions
from runnable_runtime.deferred import dataclass

_TMP = "/tmp"  # noqa: S108 - a volume that every pod has


@dataclass(frozen=True, slots=True)
class ProgramTemplate:
    """What two steps must have in common to share templates. `returns` are the names that `run.files` are for."""

    run: ContainerRun
    returns: tuple[str, ...]
    pod: PodOptions
    image_from: str = ""

    @property
    def is_given(self) -> bool:
        """Whether the pod's template takes the lines of data as well: amounts of its resources are in them."""
        return any(Amount.decode(text).parameter for _, text in self.pod.amounts)


def program_dag(name: str, program: str, wanted: ProgramTemplate, lookup: Lookup) -> models.Template:
    """The template `name` of the step: a DAG with one task, which calls the template `program`."""
    texts = {one: lookup.text(INPUT_TEXT, one, "a") for one in wanted.run.parameters}
    given = [models.Parameter(name=one, value=expressions.program_argument(text)) for one, text in texts.items()]
    when = expressions.program_runs(texts) if texts else ""
    if wanted.image_from:
        image = lookup.text(INPUT_TEXT, wanted.image_from, "a")
        given.append(models.Parameter(name=IMAGE, value=expressions.image_argument(image)))
        when = expressions.image_runs(image, wanted.image_from, when)
    if wanted.is_given:
        given.append(models.Parameter(name=INPUT, value=GIVEN_INPUT))
    arguments = models.Arguments(parameters=given) if given else None
    task = models.DAGTask(name=PROGRAM, template=program, arguments=arguments, when=when or None)
    lines = [expressions.left_line(PROGRAM, one) for one in wanted.returns]
    return models.Template(
        name=name,
        dag=models.DAGTemplate(tasks=[task]),
        inputs=inputs(**{SPEC: ""}),
        outputs=output(lines[0] if len(lines) == 1 else f'join([{",".join(lines)}],"\\n")') if lines else None,
    )


def image_dag(name: str, template: str, image_from: str, lookup: Lookup, *, returns: bool) -> models.Template:
    """The template `name` of a step whose pod, of `template`, has the image that the parameter `image_from` names."""
    image = lookup.text(INPUT_TEXT, image_from, "a")
    given = {SPEC: GIVEN_SPEC, INPUT: GIVEN_INPUT, IMAGE: expressions.image_argument(image)}
    parameters = [models.Parameter(name=one, value=text) for one, text in given.items()]
    task = models.DAGTask(
        name=PROGRAM,
        template=template,
        arguments=models.Arguments(parameters=parameters),
        when=expressions.image_runs(image, image_from, ""),
    )
    out = output(Output(PROGRAM).expression()) if returns else None
    return models.Template(name=name, dag=models.DAGTemplate(tasks=[task]), inputs=inputs(**{SPEC: ""}), outputs=out)


def program_inputs(wanted: ProgramTemplate) -> models.Inputs | None:
    """The inputs of the template of a program: a text for each parameter, and the image if one names it."""
    names = (*wanted.run.parameters, *([IMAGE] if wanted.image_from else []), *([INPUT] if wanted.is_given else []))
    found = [models.Parameter(name=name) for name in names]
    return models.Inputs(parameters=found) if found else None


def program_outputs(wanted: ProgramTemplate) -> models.Outputs | None:
    """The outputs of the template of a program: the texts of its files."""
    found = [
        models.Parameter(name=name, value_from=models.ValueFrom(path=path))
        for name, path in zip(wanted.returns, wanted.run.files, strict=True)
    ]
    return models.Outputs(parameters=found) if found else None


def command_of(run: ContainerRun) -> list[str]:
    """The command as a template has it."""
    return [expressions.program_text(word, after=False, before=False) for word in run.command]


def arguments_of(run: ContainerRun) -> list[str]:
    """The arguments as a template has them."""
    return ["".join(_filled(pieces)) for pieces in run.args]


def _filled(pieces: Sequence[str]) -> list[str]:
    last = len(pieces) - 1
    return [
        expressions.given_argument(piece)
        if index % 2
        else expressions.program_text(piece, after=index > 0, before=index < last)
        for index, piece in enumerate(pieces)
    ]


def folders_of(run: ContainerRun) -> tuple[list[core.Volume], list[core.VolumeMount]]:
    """An empty volume for each folder of a file of returns, which the program may write to as any user."""
    folders = [one for one in dict.fromkeys(str(PurePosixPath(file).parent) for file in run.files) if one != _TMP]
    volumes = [core.Volume(name=_volume(i), empty_dir=core.EmptyDirVolumeSource()) for i, _ in enumerate(folders)]
    return volumes, [core.VolumeMount(name=_volume(i), mount_path=folder) for i, folder in enumerate(folders)]


def _volume(number: int) -> str:
    return f"returns-{number + 1}"
