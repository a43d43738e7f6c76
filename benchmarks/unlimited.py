"""Check and compile a pipeline as `runnable compile` does, without the limit of what a workflow may hold.

`python -m benchmarks.unlimited FILE` writes the manifest to standard output.
"""

from __future__ import annotations

import sys

from runnable.frontend.giving import give
from runnable.frontend.loading import load
from runnable.passes import accept, diagnose
from runnable.targets import argo
from runnable.targets.argo.limits import Limits
from runnable.targets.target import CompileRequest


def main() -> None:
    """Compile the file that the command line names."""
    loaded = load(sys.argv[1])
    built = give(loaded.unit, loaded.parameters_file)
    accept(built, [*built.portability, *diagnose(built)])
    for document in argo.compile(CompileRequest(program=built.program), Limits(workflow=2**40)):
        sys.stdout.write(document.text)


if __name__ == "__main__":
    main()
