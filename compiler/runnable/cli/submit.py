"""`runnable submit FILE|TEMPLATE`: run a pipeline on a cluster."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from runnable.cli.options import add_cluster, add_retry, chosen_objects, chosen_store, compiled
from runnable.cluster.run_status import Recorder
from runnable.diagnostics.errors import ExitCode
from runnable.diagnostics.terminal import say
from runnable_runtime.presence import is_folder, is_there

if TYPE_CHECKING:
    from runnable.cluster.model import View
    from runnable.cluster.objects import Objects
    from runnable.manifests.images import Object
    from runnable.runs.stores.store import RunLogStore

_SUFFIXES = (".py", ".yaml", ".yml")


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("submit", allow_abbrev=False)
    parser.add_argument(
        "pipeline",
        metavar="FILE[:NAME]|TEMPLATE",
        help="a pipeline's file, a compiled manifest (.yaml), or the name of a template on the cluster",
    )
    parser.add_argument(
        "-p",
        dest="given",
        metavar="NAME=VALUE|FILE",
        action="append",
        default=[],
        help="a parameter's value, or a YAML file of parameters; may be repeated, and the later one wins",
    )
    parser.add_argument(
        "--parameters",
        metavar="FILE",
        action="append",
        default=[],
        help="a YAML file of parameters that a pipeline's file is compiled with",
    )
    parser.add_argument(
        "-c", "--config", metavar="FILE", default="", help="a configuration file, for a pipeline's file"
    )
    parser.add_argument("--image", help="the image that the tasks run in, for a pipeline's file")
    parser.add_argument("--name", help="what the workflow's name begins with, for a pipeline's file")
    add_retry(parser)
    parser.add_argument("-w", "--watch", action="store_true", help="show the workflow until it has ended")
    parser.add_argument("--report", metavar="FILE", default="", help="with --watch: write its report when it has ended")
    add_cluster(parser)
    parser.set_defaults(run=run, target="argo", kind="Workflow")


def run(options: argparse.Namespace) -> ExitCode:
    """Print the workflow's name; with --watch, end as it does."""
    from runnable.cluster.submit import read_parameters, submit_objects, submit_template
    from runnable.cluster.watch import watch

    if options.report and not options.watch:
        say("runnable submit: --report needs --watch: only then it is seen that the workflow ends", file=sys.stderr)
        return ExitCode.USAGE
    parameters, values = read_parameters(options.given)
    items = _objects(options) if _is_file(options.pipeline) else []
    if items and not _is_manifest(options.pipeline):  # it was compiled with them, by its types
        parameters = {name: text for name, text in parameters.items() if name not in _arguments(items)}
        values = {}
    store = chosen_store(options)
    objects = chosen_objects(options, _namespace(items))
    if items:
        workflow = submit_objects(objects, items, parameters, values)
    else:
        workflow = submit_template(objects, options.pipeline, parameters, values)
    name = workflow["metadata"]["name"]
    say(name, flush=True)
    if options.watch:
        return watch(objects, name, lambda view: _ended(view, objects, store, options))
    shown = f"runnable status -n {objects.namespace} {name}"
    say(f"submitted to the namespace {objects.namespace}; `{shown}` shows it", file=sys.stderr)
    return ExitCode.OK


def _ended(view: View, objects: Objects, store: RunLogStore, options: argparse.Namespace) -> None:
    """Record how the workflow has ended, and write its report if one is wanted."""
    Recorder(store).ended(view)
    if options.report:
        from runnable.cli.report_of_workflow import report_of_workflow
        from runnable.report.writing import write

        write(Path(options.report), report_of_workflow(view, objects, store, options))
        say(f"wrote {options.report}", file=sys.stderr)


def _is_file(pipeline: str) -> bool:
    path = pipeline.partition(":")[0]
    return path.endswith(_SUFFIXES) or is_there(path)


def _is_manifest(pipeline: str) -> bool:
    from runnable.frontend.yaml_pipelines.document import has_pipeline

    return is_folder(pipeline) or (pipeline.endswith((".yaml", ".yml")) and not has_pipeline(pipeline))


def _arguments(items: list[Object]) -> set[str]:
    """The names of the workflow's parameters."""
    found = [((item.get("spec") or {}).get("arguments") or {}).get("parameters") or [] for item in items]
    return {parameter["name"] for parameters in found for parameter in parameters}


def _objects(options: argparse.Namespace) -> list[Object]:
    from runnable.manifests.objects import parse, read

    if _is_manifest(options.pipeline):
        return read(Path(options.pipeline))
    options.parameters = [*options.parameters, *options.given]
    return [item for document in compiled(options) for item in parse(document.text, document.file_name)]


def _namespace(items: list[Object]) -> str | None:
    return next((item["metadata"]["namespace"] for item in items if item["metadata"].get("namespace")), None)
