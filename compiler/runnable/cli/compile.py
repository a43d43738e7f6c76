"""`runnable compile --target argo FILE`: the pipeline's manifest, printed or written to a file or folder."""

from __future__ import annotations

import argparse
import os
import sys
import tempfile
from pathlib import Path

from runnable.cli.inputs import add_inputs, read_inputs
from runnable.diagnostics.errors import ExitCode, OutputError
from runnable.driver import compile_to


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("compile", help="compile a pipeline for a target", allow_abbrev=False)
    add_inputs(parser)
    parser.add_argument("-t", "--target", default="argo", help="argo (the default), ir, ir-json or mermaid")
    parser.add_argument("-o", "--output", metavar="FILE|DIR", default="", help="write there instead of printing")
    parser.add_argument("--image", help="the image that the tasks run in")
    parser.add_argument("--name", help="the object's name; the pipeline's or the file's name otherwise")
    parser.add_argument("--namespace", help="the object's namespace; left out otherwise")
    parser.add_argument(
        "--kind", help="WorkflowTemplate (the default), Workflow, ClusterWorkflowTemplate or CronWorkflow"
    )
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Compile, then write all or nothing."""
    built, configuration = read_inputs(options)
    if options.config and configuration.section("pipeline-executor").type != options.target:
        kind = configuration.section("pipeline-executor").type
        raise configuration.invalid("pipeline-executor.type", f"is {kind!r}, and the target is {options.target!r}")
    documents = compile_to(
        options.target,
        built,
        configuration,
        image=options.image,
        name=options.name,
        namespace=options.namespace,
        kind=options.kind,
    )
    if not options.output:
        sys.stdout.write("".join(document.text for document in documents))
        sys.stdout.flush()
        return ExitCode.OK
    output = Path(options.output)
    as_folder = output.is_dir() or options.output.endswith(("/", os.sep))
    if as_folder:
        for document in documents:
            _write(output / document.file_name, document.text)
    else:
        _write(output, "".join(document.text for document in documents))
    return ExitCode.OK


def _write(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises OutputError."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
        try:
            with os.fdopen(handle, "w", encoding="utf-8") as stream:
                stream.write(text)
            Path(temporary).chmod(0o644)
            Path(temporary).replace(path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
    except OSError as error:
        raise OutputError(f"cannot write {path}: {error.strerror or error}") from None
    print(f"wrote {path}", file=sys.stderr)
