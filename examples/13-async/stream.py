"""Steps that hand on events while they run, for a web server, say:  python examples/13-async/stream.py"""

import asyncio

from runnable import AsyncPipeline, AsyncPythonTask, PythonTask


async def fetch() -> str:
    """A coroutine is awaited in the event loop of the caller."""
    await asyncio.sleep(0.01)
    return "a text that comes word by word"


async def read_out(text: str):
    """What an async generator yields are events; the last one, of the type "done", has what the step returns."""
    for word in text.split():
        await asyncio.sleep(0.01)
        yield {"type": "word", "text": word}
    yield {"type": "done", "words": len(text.split())}


def check(words: int) -> None:
    """Functions that are no coroutines run as in any pipeline."""
    assert words == 7, words


async def main():
    pipeline = AsyncPipeline(
        name="read out",
        steps=[
            AsyncPythonTask(name="fetch", function=fetch, returns=["text"]),
            AsyncPythonTask(name="read out", function=read_out, returns=["words"]),
            PythonTask(name="check", function=check),
        ],
    )
    async for event in pipeline.execute_streaming():
        print(event)
    return pipeline


if __name__ == "__main__":
    asyncio.run(main())
