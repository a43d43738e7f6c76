"""Steps that run an image of their own, in containers of the engine."""

import pytest

from runnable import ContainerTask, Map, Pipeline, param
from runnable.executors.container.arguments import RUN_LABEL
from runnable.executors.local.run import run
from runnable.executors.settings import LocalSettings
from runnable.frontend.build import build
from runnable.runs.stores import STORES
from tests.support.commands import command
from tests.support.corpus import HOSTILE
from tests.support.images import docker
from tests.support.paths import ROOT

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]

IMAGE = "python:3.11-slim"
SAY = "import json, sys; json.dump(sys.argv[1:], open('/out/said.json', 'w'))"
PLAIN = [value for value in HOSTILE if not isinstance(value, str) or "\x01" not in value]


@pytest.fixture
def ran(tmp_path):
    runs = []

    def execute(*steps, **parameters):
        unit = build(Pipeline(name="p", steps=list(steps)), __file__)
        assert not unit.diagnostics, [d.message for d in unit.diagnostics]
        unit.program.parameters.update(parameters)
        store = STORES["chunked-fs"].open(STORES["chunked-fs"].settings(log_folder=str(tmp_path)))
        record = run(unit.program, unit.functions, LocalSettings(enable_parallel=True), store)
        runs.append(record.run_id)
        return record

    yield execute
    left = [docker("ps", "-aq", "--filter", f"label={RUN_LABEL}={run_id}").stdout.strip() for run_id in runs]
    assert not any(left)


def program(code, **options):
    return ContainerTask(**{"name": "tool", "image": IMAGE, "command": ["python", "-c", code], **options})


def test_hostile_values_arrive_as_they_are(ran):
    step = program(SAY, args=[param("x"), "--x=" + param("x")], returns={"said": "/out/said.json"})
    record = ran(Map(name="map", branch=step.as_pipeline(), iterate_on="xs", iterate_as="x"), xs=PLAIN)
    assert record.status == "succeeded", record.message
    for index, value in enumerate(PLAIN):
        first, second = record.steps[f"map.{index}.tool"].attempts[-1].outputs["said"]
        assert second == f"--x={first}"
        assert first == value or not isinstance(value, str)


def test_a_program_is_no_root_and_writes_where_it_returns_from(ran):
    code = "import os; open('/deep/er/x', 'w').write(str(os.getuid())); open('/tmp/y', 'w').write('1.10\\n')"
    record = ran(program(code, returns={"x": "/deep/er/x", "y": "/tmp/y"}))
    assert record.steps["tool"].attempts[-1].outputs == {"x": 1000, "y": "1.10"}


@pytest.mark.parametrize(
    ("code", "options", "message"),
    [
        ("import sys; sys.exit('no such table')", {}, "the program exited with 1: no such table"),
        ("pass", {"returns": {"x": "/out/x"}}, "has left no file /out/x"),
        ("import os; os.mkdir('/out/x')", {"returns": {"x": "/out/x"}}, "has left no file /out/x"),
        ("import time; time.sleep(60)", {"timeout": 2}, "timed out after 2 s"),
        ("bytearray(1 << 30)", {"resources": {"memory": "64Mi"}}, "memory was exhausted"),
    ],
)
def test_a_failure_says_why(ran, code, options, message):
    record = ran(program(code, **options))
    assert record.status == "failed"
    assert message in record.steps["tool"].message


def test_a_command_that_the_image_has_not_fails_the_step(ran):
    record = ran(program("", command=["no-such-program"]))
    assert record.status == "failed"
    assert "no-such-program" in record.steps["tool"].message


@pytest.mark.parametrize("configuration", ["local", "emulator"])
def test_the_example_runs_under_each_executor(configuration, tmp_path):
    file = tmp_path / "c.yaml"
    file.write_text(f"pipeline-executor: {{type: {configuration}}}\n")
    ended = command("run", "-c", str(file), "examples/17-containers/containers.py", cwd=ROOT)
    assert ended.returncode == 0, ended.stderr
    assert "apples; rm -rf /: 8.00" in ended.stdout
