"""AsyncPipeline.execute_streaming: events come while steps run, and the run ends as any other."""

import asyncio
import json
import sys
from pathlib import Path

import pytest

from runnable import (
    AsyncPipeline,
    AsyncPythonTask,
    ConfigurationError,
    ExecutionFailedError,
    Parallel,
    Pipeline,
    PythonTask,
    ShellTask,
)
from runnable.runs.stores.file_system import FileSystemStore

gate = asyncio.Event()


@pytest.fixture(autouse=True)
def _folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def record(run_id):
    found = FileSystemStore(Path(".run_log_store")).read(run_id)
    return found, {step.path: step.status.value for step in found.steps.values()}


def printed(found, step):
    return Path(found.folder, found.steps[step].attempts[-1].log).read_text().splitlines()


async def collect(pipeline, **options):
    return [event async for event in pipeline.execute_streaming(**options)]


def streamed(function, *returns, **options):
    return AsyncPythonTask(name=function.__name__, function=function, returns=list(returns), **options)


async def waits_for_its_reader():
    yield {"type": "first"}
    await gate.wait()
    yield {"type": "done", "value": 3}


def test_an_event_is_there_while_its_step_still_runs():
    async def main():
        gate.clear()
        seen = []
        pipeline = AsyncPipeline(steps=[streamed(waits_for_its_reader, "value")])
        async for event in pipeline.execute_streaming(run_id="r"):
            seen.append(event["type"])
            gate.set()  # the step would wait forever for a reader that only gets its events at the end
        return seen

    assert asyncio.run(main()) == ["first", "done"]
    assert record("r")[0].status.value == "succeeded"


async def several():
    yield "no event: not a mapping"
    yield {"text": "nor this: it has no type"}
    yield {"type": "end", "a": 1, "b": [2]}
    yield {"type": "after"}


async def coroutine(a: int, b: list[int]):
    await asyncio.sleep(0)
    return a + b[0]


def plain(c: int):
    print("c is", c)
    assert c == 3


def test_the_last_event_has_what_a_step_returns():
    steps = [
        streamed(several, "a", "b", stream_end_type="end"),
        streamed(coroutine, "c"),
        PythonTask(name="plain", function=plain),
        ShellTask(name="shell", command="test $c = 3"),
    ]
    events = asyncio.run(collect(AsyncPipeline(steps=steps), run_id="r"))
    assert [event["type"] for event in events] == ["end", "after"]
    found, statuses = record("r")
    assert statuses == dict.fromkeys(["several", "coroutine", "plain", "shell"], "succeeded")
    assert printed(found, "plain") == ["c is 3"]


async def fails():
    yield {"type": "before"}
    raise ValueError("no more")


def test_a_failure_is_raised_after_the_events():
    seen = []

    async def main():
        async for event in AsyncPipeline(steps=[streamed(fails)]).execute_streaming(run_id="r"):
            seen.append(event["type"])

    with pytest.raises(ExecutionFailedError, match="no more"):
        asyncio.run(main())
    assert seen == ["before"]
    assert record("r")[1] == {"fails": "failed"}


async def endless():
    while True:
        yield {"type": "again"}
        await asyncio.sleep(0.001)


def test_a_reader_that_leaves_ends_the_run():
    async def main():
        events = AsyncPipeline(steps=[streamed(endless)]).execute_streaming(run_id="r")
        async for _ in events:
            break
        await events.aclose()

    asyncio.run(main())
    assert record("r")[0].status.value == "interrupted"


def test_a_reader_that_is_cancelled_ends_the_run():
    async def main():
        reading = asyncio.create_task(collect(AsyncPipeline(steps=[streamed(endless)]), run_id="r"))
        await asyncio.sleep(0.2)
        reading.cancel()
        with pytest.raises(asyncio.CancelledError):
            await reading

    asyncio.run(main())
    assert record("r")[0].status.value == "interrupted"


def test_a_coroutine_is_stopped_at_its_time():
    pipeline = AsyncPipeline(steps=[streamed(endless, timeout=1)])
    with pytest.raises(ExecutionFailedError, match="timed out after 1 s"):
        asyncio.run(collect(pipeline, run_id="r"))
    assert record("r")[1] == {"endless": "failed"}


async def prints(name: str):
    print("I am", name)
    await asyncio.sleep(0.05)
    print("I was", name)
    yield {"type": "done", "name": name}


def test_runs_at_the_same_time_have_their_own_records_and_logs():
    for name in ("one", "two"):
        Path(f"{name}.yaml").write_text(json.dumps({"name": name}))

    async def main():
        return await asyncio.gather(
            *(
                collect(AsyncPipeline(steps=[streamed(prints)]), run_id=name, parameters_file=f"{name}.yaml")
                for name in ("one", "two")
            )
        )

    before = sys.stdout
    assert asyncio.run(main()) == [[{"type": "done", "name": name}] for name in ("one", "two")]
    for name in ("one", "two"):
        found, _ = record(name)
        assert printed(found, "prints") == [f"I am {name}", f"I was {name}"]
    sys.stdout = before


def test_branches_stream():
    branches = {name: streamed(several, "a", "b", stream_end_type="end").as_async_pipeline() for name in ("x", "y")}
    pipeline = AsyncPipeline(steps=[Parallel(name="both", branches=branches), streamed(coroutine, "c")])
    events = asyncio.run(collect(pipeline, run_id="r"))
    assert [event["type"] for event in events] == ["end", "after"] * 2


def test_without_a_reader_the_step_returns_the_same():
    steps = [streamed(several, "a", "b", stream_end_type="end"), streamed(coroutine, "c")]
    assert Pipeline(steps=steps).execute(run_id="r").status.value == "succeeded"


def test_a_generator_needs_the_task_that_is_made_for_it():
    step = PythonTask(name="several", function=several)
    with pytest.raises(ExecutionFailedError, match="use AsyncPythonTask"):
        Pipeline(steps=[step]).execute(run_id="r")


def test_events_do_not_come_out_of_containers():
    Path("c.yaml").write_text("pipeline-executor: {type: local-container, config: {docker_image: none}}")
    with pytest.raises(ConfigurationError, match="streams no events"):
        asyncio.run(collect(AsyncPipeline(steps=[streamed(several)]), configuration_file="c.yaml"))
