"""Loading an image into a cluster on this machine, with the cluster's own command."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

from runnable.diagnostics.codes.containers import CommandFailed, CommandMissing
from runnable.diagnostics.errors import OutputError

KIND = "kind"


def load(reference: str, target: str) -> None:
    """Load an image into a kind cluster: `target` is ``kind``, or ``kind:CLUSTER``. Raises OutputError.

    Source: https://kind.sigs.k8s.io/docs/user/quick-start/#loading-an-image-into-your-cluster
    """
    _, _, cluster = target.partition(":")
    name = ["--name", cluster] if cluster else []
    run_command([KIND, "load", "docker-image", reference, *name], purpose=f"--load {target}")


def run_command(command: list[str], *, purpose: str, folder: Path | None = None) -> None:
    """Run a command of another project in `folder`, its output going to standard error. Raises OutputError."""
    if shutil.which(command[0]) is None:
        raise OutputError(CommandMissing(command=command[0], purpose=purpose).render())
    ended = subprocess.run(command, stdout=sys.stderr, cwd=folder, check=False)
    if ended.returncode:
        raise OutputError(CommandFailed(command=" ".join(command), exit_code=ended.returncode).render())
