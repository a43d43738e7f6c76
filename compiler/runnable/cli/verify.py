"""`runnable verify RUN|MANIFEST`: whether a run, or a manifest, and its image are of the files and the commit here."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from runnable.cli.options import RUN_HELP, add_store, chosen_store
from runnable.diagnostics.errors import ConfigurationError, ExitCode
from runnable.diagnostics.terminal import say
from runnable_runtime.presence import is_folder, is_there

if TYPE_CHECKING:
    from runnable.driver.verify import Verified
    from runnable_runtime.protocol import Json


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("verify", allow_abbrev=False)
    parser.add_argument(
        "run_id", metavar="RUN|MANIFEST", help=f"{RUN_HELP}; or a file or folder of manifests with provenance"
    )
    parser.add_argument(
        "pipeline",
        metavar="FILE[:NAME]",
        nargs="?",
        default="",
        help="the pipeline's file; that which it says otherwise",
    )
    add_store(parser)
    parser.add_argument(
        "--statement",
        action="store_true",
        help="print where it comes from as an in-toto statement, and the rest on stderr",
    )
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json is for other tools")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Print what was compared; DIFFERENT if it is not of this commit."""
    from runnable.driver.verify import to_json
    from runnable.provenance.verdict import belongs

    is_manifest = is_there(options.run_id) and (is_folder(options.run_id) or "." in Path(options.run_id).name)
    found, statement = (_manifests if is_manifest else _run)(options)
    does = belongs(found.checked)
    if options.statement:
        say(json.dumps(statement, indent=1))
    if options.format == "json" and not options.statement:
        say(json.dumps(to_json(found, options.run_id, belongs=does), indent=1))
    else:
        say(_text(options.run_id, found, does=does), file=sys.stderr if options.statement else sys.stdout)
    return ExitCode.OK if does else ExitCode.DIFFERENT


def _run(options: argparse.Namespace) -> tuple[Verified, Json]:
    from runnable.driver.verify import verify_run
    from runnable.frontend.loading import load
    from runnable.provenance.statement import of_run
    from runnable.runs.lookup import find_pipeline, find_run

    store = chosen_store(options)
    record = store.read(find_run(store, options.run_id))
    loaded = load(options.pipeline or find_pipeline(record.source, "verify", record.run_id))
    found = verify_run(record, loaded.unit)
    return found, of_run(record, found.said)


def _manifests(options: argparse.Namespace) -> tuple[Verified, Json]:
    from runnable.diagnostics.codes.simulation import NoProvenance
    from runnable.driver.verify import verify_manifests
    from runnable.frontend.loading import load
    from runnable.manifests.objects import read
    from runnable.manifests.provenance import facts_of, images_of
    from runnable.provenance.statement import of_manifests
    from runnable.runs.lookup import find_pipeline

    path = Path(options.run_id)
    objects = read(path)
    said = facts_of(objects, options.run_id)
    if not said:
        raise ConfigurationError([NoProvenance(file=options.run_id)])
    loaded = load(options.pipeline or find_pipeline(said[0].source, "verify", options.run_id))
    found = verify_manifests(said[0], images_of(objects, options.run_id), [path], loaded.unit)
    files = sorted(path.rglob("*.y*ml")) if is_folder(path) else [path]
    contents = {file.relative_to(path.parent).as_posix(): file.read_bytes() for file in files}
    return found, of_manifests(contents, found.said)


def _text(name: str, found: Verified, *, does: bool) -> str:
    width = max(len(one.name) for one in found.checked)
    lines = [f"  {one.verdict:7}  {one.name:{width}}  {one.text}" for one in found.checked]
    verdict = "is of this commit" if does else "is not known to be of this commit"
    return "\n".join([*lines, "", f"{name} {verdict}"])
