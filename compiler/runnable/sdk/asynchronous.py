"""Pipelines whose steps stream events while they run, to whoever has started them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

from runnable.sdk.handler import Execution, current
from runnable.sdk.pipeline import Pipeline
from runnable.sdk.tasks import PythonTask
from runnable_runtime.protocol import STREAM_END


@dataclass(slots=True, kw_only=True)
class AsyncPythonTask(PythonTask):
    """Await a coroutine function, or go through what an async generator function yields.

    A mapping with the key "type" that it yields is an event. That of the type `stream_end_type` has, under its other
    keys and in their order, what the task returns. Events go to `AsyncPipeline.execute_streaming`; where nobody
    streams, and on other machines, the task runs all the same and its events go nowhere.
    """

    stream_end_type: str = STREAM_END

    def as_async_pipeline(self) -> AsyncPipeline:
        """An AsyncPipeline of this one step, with its name."""
        return AsyncPipeline(steps=[self], name=self.name)


@dataclass(slots=True, kw_only=True)
class AsyncPipeline(Pipeline):
    """A Pipeline that can be run from a coroutine, and hands on the events of its steps while it runs."""

    async def execute_streaming(
        self,
        configuration_file: str = "",
        run_id: str = "",
        tag: str = "",
        parameters_file: str = "",
        log_level: str = "WARNING",
    ) -> AsyncIterator[Any]:
        """Run this pipeline on this machine and yield the events of its steps as they come.

        Coroutines run in the event loop of the caller; other functions, shells and notebooks in a thread beside it.
        Several pipelines may run at the same time. To leave the loop ends the run. Raises as `Pipeline.execute` does,
        after the last event.
        """
        events = current().stream(
            Execution(
                subject=self,
                configuration_file=configuration_file,
                parameters_file=parameters_file,
                run_id=run_id,
                tag=tag,
                log_level=log_level,
            )
        )
        try:
            async for event in events:
                yield event
        finally:
            await events.aclose()
