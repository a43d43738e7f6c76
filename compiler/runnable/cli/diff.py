"""`runnable diff FILE --against …`: what applying a pipeline would change; `runnable diff RUN OTHER`: what changed."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from runnable.cli.options import RUN_HELP, add_manifest_options, add_parameters, chosen_store, compiled
from runnable.diagnostics.errors import ExitCode
from runnable.diagnostics.terminal import say

if TYPE_CHECKING:
    from runnable.manifests.images import Object


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("diff", allow_abbrev=False)
    parser.add_argument(
        "pipeline",
        metavar="FILE[:NAME]|RUN",
        help=f"the pipeline's file, with --against; or a recorded run: {RUN_HELP}",
    )
    parser.add_argument("other", metavar="RUN", nargs="?", default="", help="the run to compare that one with")
    parser.add_argument(
        "--against", metavar="DIR|FILE|cluster", default="", help="manifests compiled before, or what a cluster has"
    )
    add_parameters(parser)
    parser.add_argument("-c", "--config", metavar="FILE", default="", help="a configuration file")
    parser.add_argument("--context", help="a context of the kubeconfig; its current one otherwise")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json is for other tools")
    add_manifest_options(parser)
    parser.set_defaults(run=run, target="argo")


def run(options: argparse.Namespace) -> ExitCode:
    """Print the changes; DIFFERENT if there are any."""
    if bool(options.other) == bool(options.against):
        say("runnable diff: either a pipeline and --against, or two runs, are compared", file=sys.stderr)
        return ExitCode.USAGE
    return _of_runs(options) if options.other else _of_manifests(options)


def _of_runs(options: argparse.Namespace) -> ExitCode:
    from runnable.configuration.project import recorded_project
    from runnable.differences.changes import changes
    from runnable.differences.results import results
    from runnable.differences.text import render
    from runnable.runs.lookup import find_run

    store = chosen_store(options)
    named = (options.other, options.pipeline)
    before, now = sorted((store.read(find_run(store, one)) for one in named), key=lambda record: record.started)
    changed, ended = changes(before, now, recorded_project()), results(before, now)
    if options.format == "json":
        document = {
            "version": 1,
            "before": before.run_id,
            "now": now.run_id,
            "changes": [one.to_json() for one in changed],
            "results": [one.to_json() for one in ended],
        }
        say(json.dumps(document, indent=1))
    else:
        say(render(before, now, changed, ended))
    return ExitCode.DIFFERENT if changed or ended else ExitCode.OK


def _of_manifests(options: argparse.Namespace) -> ExitCode:
    from runnable.manifests.changes import compare
    from runnable.manifests.objects import foreign, parse
    from runnable.manifests.outline import Outline, outline
    from runnable.manifests.text import render

    documents = compiled(options)
    items = [item for document in documents for item in parse(document.text, document.file_name)]
    old = _old(options, items)
    if not old:
        say("none of it is on the cluster yet", file=sys.stderr)
    with foreign(options.against):
        before = outline(old) if old else Outline("", "")
    changes = compare(before, outline(items))
    if options.format == "json":
        say(json.dumps([change.as_json() for change in changes], indent=1))
    else:
        say(render(changes) if changes else "no changes")
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
