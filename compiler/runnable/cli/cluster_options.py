"""What the commands about workflows on a cluster have in common: which cluster, and which namespace."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from runnable.cluster.objects import Objects


def add_cluster(parser: argparse.ArgumentParser) -> None:
    """The arguments that say where a workflow is."""
    parser.add_argument("-n", "--namespace", help="the namespace; that of the kubeconfig's context otherwise")
    add_context(parser)


def add_context(parser: argparse.ArgumentParser) -> None:
    """The argument that says which cluster."""
    parser.add_argument("--context", help="a context of the kubeconfig; its current one otherwise")


def is_workflow(options: argparse.Namespace, name: str) -> bool:
    """Whether a cluster that can be reached has a workflow of that name."""
    from runnable.diagnostics.errors import ClusterError

    try:
        chosen_objects(options).get("Workflow", name)
    except ClusterError:
        return False
    return True


def chosen_objects(options: argparse.Namespace, namespace: str | None = None) -> Objects:
    """Argo's objects in the namespace of the command line, else in `namespace`, else in the kubeconfig's.

    Raises ClusterError (RN801) where there is no kubeconfig.
    """
    from runnable.cluster.api import Api
    from runnable.cluster.objects import Objects

    api = Api.connect(options.context)
    return Objects(api, options.namespace or namespace or api.namespace)
