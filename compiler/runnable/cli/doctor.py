"""`runnable doctor`: what is wrong with this machine, the project and a cluster, and what to do; nothing is changed."""

from __future__ import annotations

import argparse
import json
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from runnable.cli.options import add_cluster, named_configuration
from runnable.configuration import Configuration, load_configuration
from runnable.diagnostics.errors import ClusterError, ConfigurationError, ExitCode
from runnable.diagnostics.terminal import say
from runnable_runtime.presence import is_file

if TYPE_CHECKING:
    from runnable.doctor.examination import Examined
    from runnable.doctor.finding import Finding


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("doctor", allow_abbrev=False)
    parser.add_argument("-c", "--config", metavar="FILE", default="", help="a configuration file")
    add_cluster(parser)
    parser.add_argument(
        "--probe", action="store_true", help="make one short pod there, which tries the image and the stores"
    )
    parser.add_argument("--json", action="store_true", help="print the findings as one JSON document")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Print the findings; CONFIGURATION for a problem here, CLUSTER for one there, and the former for both."""
    from runnable.doctor.examination import Examined, of_laptop, of_project
    from runnable.doctor.text import render

    try:
        configuration, broken = load_configuration(named_configuration(options)), None
    except ConfigurationError as error:
        configuration, broken = Configuration(root=Path.cwd()), error
    with ThreadPoolExecutor() as side:  # each ends in time by itself
        laptop = side.submit(of_laptop, configuration)
        project = side.submit(of_project, configuration)
        there = _cluster(options, configuration)
        here = [laptop.result(), project.result() if broken is None else Examined("project", _unreadable(broken))]
    found = [*here, *there]
    if options.json:
        places = {one.place: [finding.to_json() for finding in one.findings] for one in found}
        problems = sum(len(one.problems) for one in found)
        say(json.dumps({"version": 1, "problems": problems, **places}, indent=1))
    else:
        say(render(found))
    if any(one.problems for one in here):
        return ExitCode.CONFIGURATION
    return ExitCode.CLUSTER if any(one.problems for one in there) else ExitCode.OK


def _unreadable(error: ConfigurationError) -> tuple[Finding, ...]:
    """What is wrong with a configuration that cannot be read."""
    from runnable.doctor.finding import problem

    return tuple(
        problem("configuration", one.message, one.help or f"runnable explain {one.code}") for one in error.diagnostics
    )


def _cluster(options: argparse.Namespace, configuration: Configuration) -> list[Examined]:
    """The cluster, where one is named: by an option, a kubeconfig, or the pod that this runs in."""
    from runnable.cluster.api import Api
    from runnable.doctor.examination import Examined, of_cluster
    from runnable.doctor.finding import problem
    from runnable.doctor.project import argo_settings

    settings = argo_settings(configuration)
    asked = bool(options.namespace or options.context)
    if not (asked or settings or options.probe or _has_kubeconfig()):
        return []
    try:
        api = Api.connect(options.context)
    except ClusterError as error:
        (one, *_) = error.diagnostics
        return [Examined("cluster", (problem("kubeconfig", one.message, one.help or ""),))]
    namespace = options.namespace or (settings.namespace if settings else None) or api.namespace
    needed = asked or settings is not None
    return [of_cluster(configuration, api, namespace, needed=needed, probe=options.probe)]


def _has_kubeconfig() -> bool:
    named = [file for file in os.environ.get("KUBECONFIG", "").split(os.pathsep) if file]
    return any(is_file(file) for file in named or [str(Path.home() / ".kube" / "config")])
