"""`AsyncPipeline` and `AsyncPythonTask`: pipelines whose steps yield events while they run."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from os import PathLike
from typing import Any

from runnable.sdk.handler import NO_PARAMETERS, call_of, current
from runnable.sdk.pipeline import Pipeline
from runnable.sdk.tasks import PythonTask
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import STREAM_END


@dataclass(slots=True, kw_only=True)
class AsyncPythonTask(PythonTask):
    """A task that awaits a coroutine function, or iterates over an async generator function.

    Attributes:
        function: a coroutine function, which returns what the task returns, or an async generator function, which
            yields events. An event is a mapping with the key "type".
        stream_end_type: the type of the event that has what the task returns: the values under its other keys, in
            their order.

    `AsyncPipeline.execute_streaming` yields the events. Run in any other way, the task works too, and its events are
    dropped.
    """

    stream_end_type: str = STREAM_END

    def as_async_pipeline(self) -> AsyncPipeline:
        """An AsyncPipeline of this one step, with its name."""
        return AsyncPipeline(steps=[self], name=self.name)


@dataclass(slots=True, kw_only=True)
class AsyncPipeline(Pipeline):
    """A Pipeline that can also be run from a coroutine, which gets the events of its steps while they run."""

    async def execute_streaming(
        self,
        configuration_file: str | PathLike[str] = "",
        run_id: str = "",
        tag: str = "",
        parameters_file: str | PathLike[str] = "",
        log_level: str = "WARNING",
        parameters: Mapping[str, Any] | None = None,
    ) -> AsyncIterator[Any]:
        """Run this pipeline on this machine and yield the events of its steps as they come.

        Coroutines run in the event loop of the caller; other functions, shell commands and notebooks in a separate
        thread. Several pipelines may run at the same time. Leaving the `async for` ends the run. The arguments, and
        what is raised after the last event, are those of `Pipeline.execute`.
        """
        events = current().stream(
            call_of(
                self,
                configuration_file=configuration_file,
                parameters_file=parameters_file,
                parameters=NO_PARAMETERS if parameters is None else parameters,
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
