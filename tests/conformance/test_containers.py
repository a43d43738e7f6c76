"""In containers, every pipeline of the corpus and every example gives the record that it gives without."""

import json
import os
import subprocess
import sys

import pytest

from runnable.executors.container import run as containers
from runnable.executors.container.settings import ContainerSettings
from runnable.executors.local import run as local
from runnable.executors.settings import LocalSettings
from runnable.runs.stores.chunked_fs import ChunkedStore
from tests.conformance import test_examples as examples
from tests.conformance.test_corpus import built, comparable
from tests.support.corpus import CORPUS
from tests.support.images import examples_image, runtime_image
from tests.support.selection import representative

pytestmark = [pytest.mark.docker, pytest.mark.timeout(600)]

SEPARATE = {"examples/04-catalog/no_copy.py"}
"""Those that fail where each task has a working folder of its own, as their own text says."""
ALONE = [
    "chain",
    "three kinds in a reduced map",
    "a Parallel is handled",
    "an item fails",
    "loop",
]
"""Pipelines that are also run with a container for each task; the others share one, to be quick."""
PIPELINES = [
    "a Map is handled",
    "a branch ends in failure",
    "an iteration fails",
    "four deep",
    "loop over a map over a parallel",
    "loop to its limit",
    "map of a return",
    "signs",
    "texts that look like numbers",
    "two maps with a seed each",
]
"""Those that CI runs in a shared container: each construct in another, each with a failure, texts that are replaced."""
EXAMPLES = [
    "examples/01-tasks/notebook.py",
    "examples/01-tasks/scripts.py",
    "examples/02-sequential/on_failure_fail.py",
    "examples/02-sequential/retry.py",
    "examples/03-parameters/arguments.py",
    "examples/03-parameters/declared.py",
    "examples/03-parameters/large_values.py",
    "examples/03-parameters/objects.py",
    "examples/04-catalog/catalog.py",
    "examples/04-catalog/no_copy.py",
    "examples/07-map/reducers.py",
    "examples/10-loop/loop.py",
    "examples/11-jobs/shell_job.py",
    "examples/12-nesting/everything.py",
    "examples/14-caching/caching.py",
]
"""Those that CI runs: each kind of task, each way that values and files take, failures and attempts, a cache."""


@pytest.fixture(scope="session")
def image():
    return runtime_image()


@pytest.fixture(scope="session")
def image_of_examples():
    return examples_image() or pytest.skip("there is no runnable-examples:dev: run `make image`")


@pytest.mark.parametrize(
    ("name", "reuse"),
    [
        *representative([(name, True) for name in CORPUS], [(name, True) for name in PIPELINES]),
        *((name, False) for name in ALONE),
    ],
)
def test_a_pipeline_gives_the_same_record_in_containers(name, reuse, image, tmp_path):
    found = built(name)
    here = local.run(found.program, found.functions, LocalSettings(), ChunkedStore(tmp_path / "here"), run_id="the-run")
    settings = ContainerSettings(docker_image=image, enable_parallel=True, reuse=reuse)
    inside = containers.run(found.program, settings, ChunkedStore(tmp_path / "inside"), run_id="the-run")
    assert comparable(here) == comparable(inside)


@pytest.mark.parametrize(
    "example", representative([one for one in examples.EXAMPLES if one not in examples.NEEDS_SERVER], EXAMPLES)
)
def test_an_example_gives_the_same_record_in_containers(example, image_of_examples, tmp_path):
    executor = {
        "type": "local-container",
        "config": {"docker_image": image_of_examples, "reuse": True, "enable_parallel": True},
    }
    configuration = {
        "pipeline-executor": executor,
        "job-executor": executor,
        "run-log-store": {"type": "chunked-fs", "log_folder": str(tmp_path / "containers")},
        "catalog": {"type": "file-system", "catalog_location": str(tmp_path / "containers")},
    }
    (tmp_path / "containers.yaml").write_text(json.dumps(configuration))
    environment = {
        **os.environ,
        "RUNNABLE_CONFIGURATION_FILE": str(tmp_path / "containers.yaml"),
        "RUNNABLE_RUN_ID": "the-run",
    }
    code = 1 if example in examples.FAILING | SEPARATE else 0
    ended = subprocess.run(
        [sys.executable, example], cwd=examples.ROOT, env=environment, capture_output=True, text=True
    )
    assert ended.returncode == code, ended.stderr
    if example in SEPARATE:
        assert "there is no copy of it" in ended.stderr
        return
    assert examples.run(example, "sequential", tmp_path).returncode == code
    here, inside = (examples.without_digests(examples.record(mode, tmp_path)) for mode in ("sequential", "containers"))
    assert without_places(inside) == without_places(here)


def without_places(found):
    """Without the image that a cached step depends on, or where there is none, the Python."""
    return json.loads(
        json.dumps(found),
        object_hook=lambda item: {name: value for name, value in item.items() if name not in ("image", "python")},
    )
