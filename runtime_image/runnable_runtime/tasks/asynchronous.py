"""Running a coroutine, also inside of a running event loop; and collecting what an async generator returns."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine
from typing import Any, TypeVar

from runnable_runtime.failures import BadReturn

Result = TypeVar("Result")


def finish(coroutine: Coroutine[Any, Any, Result]) -> Result:
    """What `coroutine` results in. In a notebook, where this thread has a running loop, it runs in another thread."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return asyncio.run(coroutine)
    from concurrent.futures import ThreadPoolExecutor

    with ThreadPoolExecutor(max_workers=1) as executor:
        return executor.submit(asyncio.run, coroutine).result()


async def drain(
    generator: AsyncGenerator[Any, Any], end: str, emit: Callable[[Any], Awaitable[None]] | None = None
) -> object:
    """Go through `generator` to its end, and give its events to `emit`; the result is what its last one has.

    An event is a mapping with the key "type". The values under the other keys of that of the type `end` are what the
    function returned: one of them as it is, several as a tuple. None if no such event came.

    Raises:
        BadReturn: there is no `end`: the function is not meant to be a generator.
    """
    if not end:
        await generator.aclose()
        raise BadReturn("the function is an async generator: use AsyncPythonTask for one that yields events")
    result: object = None
    async for item in generator:
        if not isinstance(item, dict) or "type" not in item:
            continue
        if emit is not None:
            await emit(item)
        if item["type"] == end:
            values = tuple(value for key, value in item.items() if key != "type")
            result = values[0] if len(values) == 1 else values
    return result
