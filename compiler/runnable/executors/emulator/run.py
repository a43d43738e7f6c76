"""The emulator's run: a program to the record of its run, each attempt in a fresh process of the pods' entrypoint."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import closing, contextmanager
from types import MappingProxyType
from typing import Any, Unpack

from runnable.configuration.catalog import NO_CATALOG
from runnable.execution.launcher import Launcher
from runnable.execution.run import RunContext, RunOptions
from runnable.execution.run import run as run_program
from runnable.executors.container.arguments import Origin
from runnable.executors.container.launcher import ContainerLauncher
from runnable.executors.container.program_images import open_images
from runnable.executors.container.shape import Shape
from runnable.executors.container.store import store_variables
from runnable.executors.emulator.processes import Processes
from runnable.executors.settings import LocalSettings
from runnable.ir.nodes import Program
from runnable.runs import owners
from runnable.runs.code import Functions
from runnable.runs.stores.store import RunLogStore
from runnable_runtime.records.records import RunRecord

_HERE = Shape(image="this machine")


def run(
    program: Program,
    settings: LocalSettings,
    store: RunLogStore,
    *,
    functions: Functions = MappingProxyType({}),
    **options: Unpack[RunOptions],
) -> RunRecord:
    """Run `program` and return its record, whose status is `succeeded` or `failed`; see `execution.run.run`.

    Tasks import their functions and have the project as their working folder, as in a pod; they have the environment
    of this process, and its Python. Steps with an image of their own run in containers of an engine. `functions` are
    only told about in the record.
    """
    concurrent = settings.runs_concurrently(program)
    own = open_images(program)
    variables = store_variables(options.get("catalog", NO_CATALOG))

    def describe(shape: Shape, origin: Origin) -> dict[str, Any]:
        return {"environment": {**os.environ, **variables}}

    @contextmanager
    def open_launcher(context: RunContext) -> Iterator[Launcher]:
        launcher = ContainerLauncher(
            Processes(program.root or "."),
            context.progress,
            Origin(run_id=context.run_id, owner=owners.this_process()),
            capacity=settings.workers if concurrent else 1,
            reuse=False,
            shape_of=lambda _: _HERE,
            describe=describe,
            machine_of=lambda _: None,  # that of the run
        )
        with closing(launcher):
            if own is None:
                yield launcher
                return
            with own.around(launcher, context) as outer:
                yield outer

    return run_program(program, store, open_launcher, functions=functions, **options)
