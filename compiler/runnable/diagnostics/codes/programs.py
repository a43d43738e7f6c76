"""RN35x: the images of steps, and programs of any image."""

from __future__ import annotations

from runnable.diagnostics.diagnostic import Diagnostic


class ParameterInText(Diagnostic):
    code = "RN351"
    explanation = (
        "`param(...)` names a parameter, whose value is known only when the pipeline runs: a text that is made while "
        "the file is read, by an f-string or `str()`, cannot hold it."
    )
    parameter: str
    message_template = "param({parameter!r}) is put into a text, and its value is not known yet"

    @property
    def help(self) -> str | None:
        return f'join them, as in args=["--{self.parameter}=" + param("{self.parameter}")]'


class ImageNotNamed(Diagnostic):
    code = "RN352"
    explanation = (
        "A ContainerTask runs a program of an image, so it names that image. The image of the configuration is the one "
        "that the pipeline's own code is in."
    )
    step: str
    message_template = "step {step!r} is a ContainerTask without an image"
    help_template = 'name one: ContainerTask(name={step!r}, image="python:3.11-slim", ...)'


class ContainerCannot(Diagnostic):
    code = "RN353"
    explanation = (
        "The image of a ContainerTask has nothing of this package in it, so nothing there can move files of the "
        "catalog, or say what has changed since an earlier run. What goes in are its arguments, what comes out are "
        "the files of `returns`."
    )
    step: str
    option: str
    reason: str
    instead: str
    message_template = "step {step!r}: {option} cannot be given to a ContainerTask: {reason}"

    @property
    def help(self) -> str | None:
        return self.instead or None


class ContainerReadsObject(Diagnostic):
    code = "RN354"
    explanation = (
        "An argument of a program is a text. A pickled object has none, and is in a store that the image of a "
        "ContainerTask cannot read."
    )
    step: str
    parameter: str
    message_template = "step {step!r} has param({parameter!r}) in its arguments, which is a pickled object"
    help_template = "return {parameter!r} as JSON, or what the program needs of it under another name"


class ImageNotText(Diagnostic):
    code = "RN355"
    explanation = "The image of a step is the name of one: a text without blanks. A value of another type names none."
    step: str
    parameter: str
    found: str
    origin: str
    message_template = "step {step!r} takes its image from {parameter!r}, which is {found}"
    note_template = "{origin}"
    help_template = "give {parameter!r} the name of an image, such as 'registry.example.com/team/train:1.2'"
