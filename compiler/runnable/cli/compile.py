"""`runnable compile --target argo FILE|DIR...`: manifests of pipelines, printed, written, or compared."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from runnable.cli.findings import add_format, print_formatted
from runnable.cli.options import add_inputs, add_manifest_options, add_retry, compiled, target
from runnable.diagnostics.errors import ConfigurationError, DefinitionError, ExitCode
from runnable.diagnostics.findings import Outcome
from runnable.diagnostics.terminal import say, write_document
from runnable.driver.garbage import seldom_collected
from runnable.frontend.folders import is_several
from runnable.targets import TARGETS
from runnable_runtime.presence import is_folder, is_there

if TYPE_CHECKING:
    from runnable.targets.target import Document


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("compile", allow_abbrev=False)
    add_inputs(parser, several=True)
    parser.add_argument(
        "-t", "--target", type=target, default="argo", help=f"{', '.join(TARGETS)}; argo if it is left out"
    )
    where = parser.add_mutually_exclusive_group()
    where.add_argument(
        "-o",
        "--output",
        metavar="FILE|DIR",
        default="",
        help="write there instead of printing; a folder becomes a kustomize base",
    )
    where.add_argument(
        "--check",
        metavar="FILE|DIR",
        default="",
        help="write nothing: end with 6, and show the difference, if what is there is not what -o would write",
    )
    add_manifest_options(parser)
    add_retry(parser)
    parser.add_argument(
        "--provenance", action="store_true", help="annotations say of which commit, pipeline and compiler it is"
    )
    add_format(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Compile, then write all or nothing of a pipeline; of several, what those compile to that have no mistakes."""
    if is_several(options.pipelines):
        from runnable.cli.compile_several import compile_several

        return compile_several(options)
    options.pipeline = options.pipelines[0]
    try:
        with seldom_collected():
            documents = compiled(options, say_open=True)
    except (DefinitionError, ConfigurationError) as error:
        if options.format == "text":
            raise
        print_formatted(Outcome.of_error(error, options.pipeline).findings, options.format)
        return error.exit_code
    if options.check:
        return _check(options, documents)
    return _write(options, documents)


def _write(options: argparse.Namespace, documents: tuple[Document, ...]) -> ExitCode:
    if not options.output:
        write_document("".join(document.text for document in documents))
        return ExitCode.OK
    from runnable.manifests.folder import write_file, write_folder

    if _is_folder(options.output):
        write_folder(Path(options.output), _files(documents), owner=_owner(documents))
    else:
        write_file(Path(options.output), "".join(document.text for document in documents))
    return ExitCode.OK


def _check(options: argparse.Namespace, documents: tuple[Document, ...]) -> ExitCode:
    from runnable.manifests.check import differences
    from runnable.targets.target import Document

    path = Path(options.check)
    if _is_folder(options.check):
        found = differences(path, _files(documents), owner=_owner(documents))
    else:
        whole = Document(path.name, "".join(document.text for document in documents))
        found = differences(path.parent, (whole,), owner="")
    if not found:
        say(f"{options.check} is up to date", file=sys.stderr)
        return ExitCode.OK
    say(f"{options.check} is out of date:\n\n{found}\n\n`-o {options.check}` in place of --check writes it anew")
    return ExitCode.DIFFERENT


def _is_folder(path: str) -> bool:
    """Whether `path` is a folder, or is to be one: what has no suffix and is not there."""
    return is_folder(path) or path.endswith(("/", os.sep)) or not (Path(path).suffix or is_there(path))


def _files(documents: tuple[Document, ...]) -> tuple[Document, ...]:
    """The files for a folder: a kustomize base for what Kubernetes takes, and what there is for the other targets."""
    from runnable.manifests.folder import heading
    from runnable.manifests.kustomize import base

    comment = heading(documents[0].text)
    return base(documents, comment) if comment else documents


def _owner(documents: tuple[Document, ...]) -> str:
    from runnable.manifests.folder import owner

    return owner(documents[0].text)
