"""A run in a thread beside an event loop, and its events as an async generator in that loop."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any, TypedDict, Unpack

from runnable.diagnostics.errors import RunInterrupted
from runnable.driver import run as driver
from runnable.executors.local.streaming import Stream
from runnable.ir.unit import CompilationUnit
from runnable_runtime.protocol import Json

_WAITING = 1000
"""Events that may wait for their reader; tasks wait with further ones."""


class Options(TypedDict):
    """Those of `driver.execute` that a user gives."""

    configuration_file: str
    run_id: str
    tag: str
    parameters_file: str
    parameters: Mapping[str, Json]
    log_level: str


async def stream(unit: CompilationUnit, **options: Unpack[Options]) -> AsyncGenerator[Any, None]:
    """Run `unit` with the options of `driver.execute`, and yield its events. See `AsyncPipeline.execute_streaming`."""
    loop = asyncio.get_running_loop()
    events: asyncio.Queue[Any] = asyncio.Queue(_WAITING)
    source = Stream(loop, events.put)
    with ThreadPoolExecutor(1, thread_name_prefix="runnable") as executor:
        run = loop.run_in_executor(executor, lambda: driver.execute(unit, stream=source, **options))
        try:
            async for event in _until_done(events, run):
                yield event
            await run
        finally:
            source.stop()
            with suppress(RunInterrupted):
                await asyncio.shield(run)


async def _until_done(events: asyncio.Queue[Any], run: asyncio.Future[Any]) -> AsyncGenerator[Any, None]:
    while not run.done():
        getting = asyncio.ensure_future(events.get())
        try:
            await asyncio.wait({getting, run}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            if not getting.done():
                getting.cancel()
        if getting.done() and not getting.cancelled():
            yield getting.result()
    while not events.empty():
        yield events.get_nowait()
