"""`runnable diff FILE --against DIR|FILE|cluster`: what applying the pipeline would change, in terms of its steps."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from runnable.cli.options import add_inputs, add_manifest_options, compiled
from runnable.diagnostics.errors import ExitCode
from runnable.diagnostics.terminal import harmless

if TYPE_CHECKING:
    from runnable.manifests.images import Object


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("diff", allow_abbrev=False)
    add_inputs(parser)
    parser.add_argument(
        "--against", metavar="DIR|FILE|cluster", required=True, help="manifests compiled before, or what a cluster has"
    )
    parser.add_argument("--context", help="a context of the kubeconfig; its current one otherwise")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json is for other tools")
    add_manifest_options(parser)
    parser.set_defaults(run=run, target="argo")


def run(options: argparse.Namespace) -> ExitCode:
    """Print the changes; DIFFERENT if there are any."""
    from runnable.manifests.changes import compare
    from runnable.manifests.objects import foreign, parse
    from runnable.manifests.outline import Outline, outline
    from runnable.manifests.text import render

    documents = compiled(options)
    items = [item for document in documents for item in parse(document.text, document.file_name)]
    old = _old(options, items)
    if not old:
        print("none of it is on the cluster yet", file=sys.stderr)
    with foreign(options.against):
        before = outline(old) if old else Outline("", "")
    changes = compare(before, outline(items))
    if options.format == "json":
        print(json.dumps([change.as_json() for change in changes], indent=1))
    else:
        print(harmless(render(changes)) if changes else "no changes")
    return ExitCode.DIFFERENT if changes else ExitCode.OK


def _old(options: argparse.Namespace, items: list[Object]) -> list[Object]:
    """The objects to compare `items` with; none if the cluster has none."""
    if options.against != "cluster":
        from runnable.manifests.objects import read

        return read(Path(options.against))
    from runnable.cli.options import chosen_objects
    from runnable.cluster.live import live

    namespace = next((item["metadata"]["namespace"] for item in items if item["metadata"].get("namespace")), None)
    found = live(chosen_objects(options, namespace), items)
    if namespace is None:  # where it is applied says nothing of the pipeline
        for item in found:
            item["metadata"].pop("namespace", None)
    return found
