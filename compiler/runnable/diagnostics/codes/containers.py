"""RN7xx: containers and images on this machine."""

from __future__ import annotations

from runnable.diagnostics.diagnostic import Diagnostic


class EngineUnavailable(Diagnostic):
    code = "RN701"
    explanation = "Running in containers takes an engine: Docker, or one with the same interface, such as podman."
    tried: str
    reason: str
    refuses: bool = False
    """Whether there is one, which does not do what it is asked to."""

    @property
    def message(self) -> str:
        where = f" at {self.tried}" if self.tried else ""
        if self.refuses:
            return f"the container engine{where} refuses: {self.reason}"
        return f"there is no container engine{where}: {self.reason}"

    @property
    def help(self) -> str | None:
        if self.refuses:
            return None
        if "Permission denied" in self.reason:
            return (
                "your user may not talk to it: `sudo usermod -aG docker $USER` lets it, from the next login on; an "
                "engine without root, such as podman's at DOCKER_HOST=unix://$XDG_RUNTIME_DIR/podman/podman.sock, "
                "asks for no such right"
            )
        return (
            "start Docker, or set DOCKER_HOST to an engine's socket; for podman, `systemctl --user start "
            "podman.socket` and DOCKER_HOST=unix://$XDG_RUNTIME_DIR/podman/podman.sock"
        )


class ImageMissing(Diagnostic):
    code = "RN702"
    explanation = "The image that a step runs in is on this machine, or in a registry that it can be pulled from."
    image: str
    by: str
    reason: str
    message_template = "there is no image {image!r}, which is wanted by {by}"
    note_template = "the engine has none of that name, and pulling it failed: {reason}"
    help_template = "build it with `runnable image build`, or name another one"


class ImageUnusable(Diagnostic):
    code = "RN703"
    explanation = (
        "A step's image has this project's runtime, of the same version of the task protocol as the `runnable` that "
        "starts it."
    )
    image: str
    by: str
    reason: str
    message_template = "the image {image!r}, which is wanted by {by}, cannot run tasks: {reason}"
    help_template = "build it again with `runnable image build`, by the version of `runnable` that starts the run"


class PackagesUnclear(Diagnostic):
    code = "RN704"
    explanation = (
        "An image of a project has the packages that its requirements.txt or pyproject.toml asks for, or what its "
        "Dockerfile installs."
    )
    project: str
    reason: str
    message_template = "it is not clear what to build the image of {project} with: {reason}"


class BuildFailed(Diagnostic):
    code = "RN705"
    explanation = "An instruction of a Dockerfile failed, so there is no image. What it printed is above the message."
    image: str
    step: str
    reason: str
    advice: str = ""
    message_template = "the image {image} cannot be built: {reason}"

    @property
    def note(self) -> str | None:
        return f"the instruction is {self.step}" if self.step else None

    @property
    def help(self) -> str | None:
        return self.advice or None


class PushFailed(Diagnostic):
    code = "RN706"
    explanation = "A registry did not take an image."
    image: str
    reason: str
    message_template = "{image} cannot be pushed: {reason}"
    help_template = "log in with `docker login`; `--name` has the registry in front, as in registry.example.com/team/it"


class CommandMissing(Diagnostic):
    code = "RN707"
    explanation = "What was asked for is done by a command of another project, which is not installed."
    command: str
    purpose: str
    message_template = "{purpose} needs the command `{command}`, which is not there"


class CommandFailed(Diagnostic):
    code = "RN708"
    explanation = "A command of another project failed. What it printed is above the message."
    command: str
    exit_code: int
    message_template = "`{command}` ended with {exit_code}"


class RuntimeLeftOut(Diagnostic):
    code = "RN709"
    explanation = "The image of a project starts from the runtime image, whichever Dockerfile it is built by."
    dockerfile: str
    argument: str
    message_template = "what {dockerfile} builds has no runtime to run steps with"

    @property
    def help(self) -> str | None:  # braces of a template would look like Argo's
        return (
            f"let it start with `ARG {self.argument}` and `FROM ${{{self.argument}}}`; if it is not for pipelines, "
            "`--write-dockerfile --file pipelines.Dockerfile` writes another one, and `--file` names it"
        )


class DigestUnknown(Diagnostic):
    code = "RN711"
    explanation = "An image is pinned by the digest that its registry has for it."
    image: str
    reason: str
    message_template = "the digest of {image} is not known: {reason}"
    help_template = "name an image that its registry has; `docker login` where that asks who you are"


class BasePinUnusable(Diagnostic):
    code = "RN712"
    explanation = "The file .base-image has one line, the base image by its digest: NAME:TAG@sha256:DIGEST."
    file: str
    text: str
    message_template = "{file} names no image by its digest: {text!r}"
    help_template = "`runnable image pin` writes it; without the file, images start from python:X.Y-slim"


class ExtraMissing(Diagnostic):
    code = "RN710"
    explanation = "What was asked for takes a library that is installed with an extra of this package."
    purpose: str
    extra: str
    message_template = "{purpose} needs a library that is not installed"
    help_template = "pip install 'runnable-pipelines[{extra}]'"
