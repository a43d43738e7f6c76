"""`runnable image`: the image that steps run in, the one that it starts from, and what an image consists of."""

from __future__ import annotations

import argparse
import re
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from runnable.diagnostics.errors import ExitCode, OutputError
from runnable.diagnostics.terminal import say, write_document
from runnable_runtime.deferred import pattern
from runnable_runtime.presence import is_folder, is_there

if TYPE_CHECKING:
    from runnable.images.recipe import BuildOptions

_REPOSITORY = pattern(
    r"([a-zA-Z0-9.-]+(:[0-9]+)?/)?[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*(/[a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*)*"
)
_TAG = pattern(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
_PLATFORM = pattern(r"[a-z0-9]+/[a-z0-9_]+(/[a-z0-9]+)?")


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommands."""
    parser = commands.add_parser("image", allow_abbrev=False)
    inner = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    build = inner.add_parser("build", help="build the image of a project", allow_abbrev=False)
    build.add_argument(
        "project", nargs="?", default="", help="the project's folder; that of the working folder if none"
    )
    build.add_argument(
        "-f", "--file", default="", help="the Dockerfile, relative to the project; Dockerfile if it is there"
    )
    build.add_argument("--extra", action="append", default=[], help="optional dependencies of pyproject.toml to add")
    build.add_argument(
        "--write-dockerfile",
        action="store_true",
        help="write Dockerfile and .dockerignore to commit, and build nothing",
    )
    _add_options(build)
    build.set_defaults(run=run_build)
    base = inner.add_parser(
        "base", help="build the runtime image, which projects' images start from", allow_abbrev=False
    )
    _add_options(base)
    base.set_defaults(run=run_base)
    pin = inner.add_parser(
        "pin", help="pin the base image by its digest, in the project's .base-image; again to renew", allow_abbrev=False
    )
    pin.add_argument(
        "image", metavar="IMAGE", nargs="?", default="", help="the one that is pinned; python:X.Y-slim if none"
    )
    pin.add_argument("--project", default="", help="the project's folder; that of the working folder if none")
    pin.set_defaults(run=run_pin)
    sbom = inner.add_parser(
        "sbom", help="write what an image consists of, as CycloneDX (needs the extra sbom)", allow_abbrev=False
    )
    sbom.add_argument("image", metavar="IMAGE", help="an image that is on this machine")
    sbom.add_argument("-o", "--output", metavar="FILE", default="-", help="the file to write; standard output if none")
    sbom.set_defaults(run=run_sbom)


def _add_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-n", "--name", type=_repository, default=None, help="its name, such as registry.example.com/team/it"
    )
    parser.add_argument(
        "-t", "--tag", type=_tag, action="append", default=[], help="a tag beside the one that is made of its content"
    )
    parser.add_argument(
        "--base-image", default="", metavar="IMAGE", help="what it is made from; python:X.Y-slim if none"
    )
    parser.add_argument(
        "--build-arg",
        type=_argument,
        action="append",
        default=[],
        metavar="NAME=VALUE",
        help="an argument of the build",
    )
    parser.add_argument("--network", default="", help="the network of the build's steps, such as host")
    parser.add_argument("--platform", type=_platforms, default=(), help="such as linux/amd64,linux/arm64")
    parser.add_argument("--no-cache", action="store_true", help="build everything again")
    parser.add_argument("--push", action="store_true", help="push it to its registry")
    parser.add_argument(
        "--load", type=_load, default=None, metavar="kind[:CLUSTER]", help="load it into a kind cluster"
    )


def run_build(options: argparse.Namespace) -> ExitCode:
    """Print the reference of the built image, and nothing else, to standard output."""
    from runnable.images.build import build_project

    project = _project(options)
    if options.write_dockerfile:
        return _write(project, options)
    if _goes_nowhere(options):
        return ExitCode.USAGE
    say(build_project(project, _options(options), file=options.file, extras=tuple(options.extra)))
    return ExitCode.OK


def run_base(options: argparse.Namespace) -> ExitCode:
    """Print the reference of the runtime image."""
    from runnable.images.build import build_base

    if _goes_nowhere(options):
        return ExitCode.USAGE
    say(build_base(_options(options)))
    return ExitCode.OK


def run_pin(options: argparse.Namespace) -> ExitCode:
    """Print the pinned image, and say whether it is another one than before."""
    from runnable.images.pinning import FILE, new_pin
    from runnable.images.project import python_image
    from runnable.manifests.folder import write_file

    project = _project(options)
    found, before = new_pin(project, options.image, python_image(project))
    say(found)
    if found != before:
        write_file(project / FILE, f"{found}\n")
    else:
        say("nothing has changed", file=sys.stderr)
    return ExitCode.OK


def run_sbom(options: argparse.Namespace) -> ExitCode:
    """Write the bill of materials of an image."""
    from runnable.images.sbom import sbom
    from runnable.manifests.folder import write_file

    text = sbom(options.image)
    if options.output == "-":
        write_document(text)
    else:
        write_file(Path(options.output), text)
    return ExitCode.OK


def _project(options: argparse.Namespace) -> Path:
    from runnable.configuration.project import enclosing_project

    project = Path(options.project) if options.project else enclosing_project(Path.cwd())
    if not is_folder(project):
        raise OutputError(f"error: there is no folder {options.project}")
    return project


def _write(project: Path, options: argparse.Namespace) -> ExitCode:
    from runnable.images.context import IGNORE_FILE
    from runnable.images.project import DOCKERFILE, default_ignore, written_dockerfile
    from runnable.manifests.folder import write_file

    target = project / (options.file or DOCKERFILE)
    if is_there(target):
        raise OutputError(f"error: {target} is there already\n = help: name another one with --file, or remove it")
    files = {target: written_dockerfile(project, options.extra)[0]}
    if not is_there(project / IGNORE_FILE):
        files[project / IGNORE_FILE] = default_ignore()
    for path, text in files.items():
        write_file(path, text)
    return ExitCode.OK


def _goes_nowhere(options: argparse.Namespace) -> bool:
    """Whether nothing would have the image, or not all of it; then that is said."""
    if len(options.platform) < 2 or (options.push and not options.load):
        return False
    say(
        "error: an image for several platforms is in no engine and in no kind cluster\n"
        " = help: push it to a registry, with --push and without --load; or build it for one platform",
        file=sys.stderr,
    )
    return True


def _options(options: argparse.Namespace) -> BuildOptions:
    from runnable.images.recipe import BuildOptions

    return BuildOptions(
        repository=options.name or "",
        tags=tuple(options.tag),
        base_image=options.base_image,
        arguments=dict(options.build_arg),
        network=options.network,
        platforms=options.platform,
        fresh=options.no_cache,
        push=options.push,
        load=options.load or "",
    )


def _matching(pattern: re.Pattern[str], what: str, text: str) -> str:
    if not pattern.fullmatch(text):
        raise argparse.ArgumentTypeError(f"{text!r} is no {what}")
    return text


def _repository(text: str) -> str:
    return _matching(_REPOSITORY, "name for an image (without a tag)", text)


def _tag(text: str) -> str:
    return _matching(_TAG, "tag", text)


def _platforms(text: str) -> tuple[str, ...]:
    return tuple(_matching(_PLATFORM, "platform, such as linux/amd64", one.strip()) for one in text.split(","))


def _argument(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals or not name:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=VALUE")
    return name, value


def _load(text: str) -> str:
    if text.partition(":")[0] != "kind":
        raise argparse.ArgumentTypeError(f"{text!r} is neither 'kind' nor 'kind:CLUSTER'")
    return text
