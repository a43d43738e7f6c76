import asyncio

from runnable import AsyncPipeline, AsyncPythonTask


async def greet():
    yield {"type": "done"}


async def main():
    pipeline = AsyncPipeline(name="greet", steps=[AsyncPythonTask(name="greet", function=greet)])
    async for event in pipeline.execute_streaming():
        print(event)


asyncio.run(main())
