"""What several commands have in common: a pipeline's file, with its parameters and configuration, compiled."""

from __future__ import annotations

import argparse
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from runnable.cli.parser import unknown
from runnable.configuration import Configuration, load_configuration, plugins
from runnable.configuration.chosen import FILE_VARIABLE
from runnable.configuration.project import recorded_project
from runnable.diagnostics.terminal import say
from runnable.driver.compile import compile_to
from runnable.driver.retry import Retry
from runnable.frontend.giving import give
from runnable.frontend.loading import Loaded, load
from runnable.ir.unit import CompilationUnit
from runnable.targets import TARGETS, find_target

if TYPE_CHECKING:
    from runnable.cluster.objects import Objects
    from runnable.provenance.facts import Facts
    from runnable.runs.stores.store import RunLogStore
    from runnable.targets.target import Document


def add_inputs(parser: argparse.ArgumentParser, *, several: bool = False) -> None:
    """The arguments that name the inputs; with `several`, of pipelines, whose names are then in `pipelines`."""
    if several:
        parser.add_argument(
            "pipelines",
            metavar="FILE[:NAME]|DIR",
            nargs="+",
            help="a pipeline's file; NAME: a function or variable in it; or a folder of such files",
        )
        parser.add_argument(
            "--exclude",
            metavar="GLOB",
            action="append",
            default=[],
            help="leave out such files of a folder; repeatable",
        )
    else:
        parser.add_argument(
            "pipeline", metavar="FILE[:NAME]", help="the pipeline's file; NAME: a function or variable in it"
        )
    add_parameters(parser)
    parser.add_argument("-c", "--config", metavar="FILE", default="", help="a configuration file")


def add_parameters(parser: argparse.ArgumentParser) -> None:
    """The argument that gives parameters."""
    parser.add_argument(
        "-p",
        "--parameters",
        metavar="NAME=VALUE|FILE",
        action="append",
        default=[],
        help="a parameter's value, or a YAML file of parameters; may be repeated, and the later one wins",
    )


def read_inputs(options: argparse.Namespace) -> tuple[CompilationUnit, Configuration]:
    """The pipeline with its parameters, and the configuration.

    What the command line names is stronger than the RUNNABLE_* variables, and these than what the file's `execute()`
    names.
    """
    return inputs_of(load(options.pipeline), options)


def inputs_of(loaded: Loaded, options: argparse.Namespace) -> tuple[CompilationUnit, Configuration]:
    """The same for a pipeline that is loaded."""
    unit = give(loaded.unit, loaded.parameters_file, loaded.parameters, options.parameters)
    configuration = load_configuration(
        options.config or os.environ.get(FILE_VARIABLE) or loaded.configuration_file,
        Path(loaded.unit.program.root),
    )
    return unit, configuration


def add_manifest_options(parser: argparse.ArgumentParser) -> None:
    """The arguments that are stronger than the configuration of a compilation target."""
    parser.add_argument("--image", help="the image that the tasks run in")
    parser.add_argument("--name", help="the object's name; the pipeline's or the file's name otherwise")
    parser.add_argument("--namespace", help="the object's namespace; left out otherwise")
    parser.add_argument(
        "--kind",
        help="WorkflowTemplate (the default), Workflow, ClusterWorkflowTemplate or CronWorkflow; "
        "of k8s-job, Job or CronJob",
    )


def add_retry(parser: argparse.ArgumentParser) -> None:
    """The arguments that name a run to resume."""
    parser.add_argument("--retry", metavar="RUN", default="", help="resume this run: leave out what it has done")
    parser.add_argument(
        "--rerun-changed", action="store_true", help="with --retry: finished steps that have changed run again"
    )


def compiled(options: argparse.Namespace, *, say_open: bool = False) -> tuple[Document, ...]:
    """What the pipeline compiles to, for `options.target`; the configuration is then the one in `options`.

    With `say_open`, parameters that have no value are listed on standard error.

    Raises DefinitionError or ConfigurationError; also for a configuration that is named and is for another target.
    """
    unit, configuration = read_inputs(options)
    target = find_target(options.target)
    section = target.section
    if options.config and not target.shows and configuration.section(section).type != options.target:
        kind = configuration.section(section).type
        raise configuration.invalid(f"{section}.type", f"is {kind!r}, and the target is {options.target!r}")
    options.config = configuration.file
    documents = compile_to(
        options.target,
        unit,
        configuration,
        image=options.image,
        name=options.name,
        namespace=options.namespace,
        kind=options.kind,
        retry=Retry(options.retry, options.rerun_changed) if getattr(options, "retry", "") else None,
        provenance=_provenance(options, unit) if _wants_provenance(options, configuration) else None,
    )
    if say_open and not options.retry and unit.program.open and not target.shows:
        listed = ", ".join(f"{one.name} ({one.type})" for one in unit.program.open)
        say(f"{options.pipeline}: open, to be given when it is submitted: {listed}", file=sys.stderr)
    return documents


def _wants_provenance(options: argparse.Namespace, configuration: Configuration) -> bool:
    return bool(getattr(options, "provenance", False)) or configuration.provenance


def _provenance(options: argparse.Namespace, unit: CompilationUnit) -> Facts:
    """Where a manifest comes from; what is written now does not make its own repository a changed one."""
    from runnable.provenance.facts import facts

    written = [Path(path) for name in ("output", "check") if (path := getattr(options, name, ""))]
    found = facts(unit.program, written)
    if getattr(options, "check", ""):  # the commit that a manifest is in is never the one that it was compiled of
        from runnable.manifests.provenance import said_in

        before = said_in(written[0], found.source)
        found = found if before is None else replace(found, commit=before.commit, changes=before.changes)
    return found


def prefer_options(options: argparse.Namespace) -> None:
    """Have the configuration that the command line names, not that of RUNNABLE_CONFIGURATION_FILE, in what follows."""
    if options.config:
        os.environ.pop(FILE_VARIABLE, None)


def target(name: str) -> str:
    """The name of a target, of this distribution or another one."""
    known = TARGETS if name in TARGETS else (*TARGETS, *plugins.names(plugins.TARGETS))
    if name not in known:
        raise argparse.ArgumentTypeError(unknown(name, [*known]))
    return name


def add_cluster(parser: argparse.ArgumentParser) -> None:
    """The arguments that say where a workflow is."""
    parser.add_argument("-n", "--namespace", help="the namespace; that of the kubeconfig's context otherwise")
    add_context(parser)


def add_context(parser: argparse.ArgumentParser) -> None:
    """The argument that says which cluster."""
    parser.add_argument("--context", help="a context of the kubeconfig; its current one otherwise")


def chosen_objects(options: argparse.Namespace, namespace: str | None = None) -> Objects:
    """Argo's objects in the namespace of the command line, else in `namespace`, else in the kubeconfig's.

    Raises ClusterError (RN801) where there is no kubeconfig.
    """
    from runnable.cluster.api import Api
    from runnable.cluster.objects import Objects

    api = Api.connect(options.context)
    return Objects(api, options.namespace or namespace or api.namespace)


RUN_HELP = "a run's id, or the beginning of it, or `latest`"


def add_store(parser: argparse.ArgumentParser) -> None:
    """The argument that says where the records are."""
    parser.add_argument(
        "-c", "--config", metavar="FILE", default="", help="the configuration file that names the store"
    )


def chosen_store(options: argparse.Namespace, root: Path | None = None) -> RunLogStore:
    """The store of the configuration that is named; without one, all that the project's configurations have written.

    The project is `root`, or else that of the working folder.
    """
    from runnable.runs.stores.project import project_store
    from runnable.runs.stores.settings import open_store

    named = named_configuration(options)
    configuration = load_configuration(named, root or recorded_project())
    return open_store(configuration) if named else project_store(configuration)


def named_configuration(options: argparse.Namespace) -> str:
    """The configuration file that the command line, else RUNNABLE_CONFIGURATION_FILE, names; empty if none does."""
    return str(options.config or os.environ.get(FILE_VARIABLE, ""))
