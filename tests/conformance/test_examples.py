"""Every example gives the same record one step after another, concurrently, and in processes as a pod has them."""

import json
import os
import re
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from runnable_runtime.stores.settings import StoreSettings
from runnable_runtime.stores.storage import Storage
from tests.support.commands import command, script
from tests.support.local_runs import EACH_ITS_OWN
from tests.support.paths import ROOT
from tests.support.planned import differences

FILES = sorted(p.relative_to(ROOT).as_posix() for p in (ROOT / "examples").glob("[0-9]*/*.py"))
EMULATED = {
    "examples/02-sequential/conditional.py",
    "examples/02-sequential/on_failure_fail.py",
    "examples/03-parameters/arguments.py",
    "examples/03-parameters/declared.py",
    "examples/03-parameters/large_values.py",
    "examples/03-parameters/passing_parameters_notebook.py",
    "examples/03-parameters/passing_parameters_shell.py",
    "examples/03-parameters/static_parameters_python.py",
    "examples/04-catalog/catalog.py",
    "examples/04-catalog/on_failure.py",
    "examples/06-parallel/parallel_parameters.py",
    "examples/07-map/collects.py",
    "examples/07-map/map.py",
    "examples/10-loop/loop.py",
    "examples/11-jobs/python_job.py",
    "examples/12-nesting/everything.py",
    "examples/14-caching/caching.py",
    "examples/16-dag/cross_edge.py",
    "examples/18-locks/locks.py",
    "examples/19-fusing/fusing.py",
    "examples/21-exit/at_the_end.py",
    "examples/22-step-cache/step_cache.py",
    "examples/24-templates/score.py",
    "examples/27-requests/rates.py",
}
"""Those that are run in the emulator too, to be quick; all are in containers, where tasks have such processes."""
STREAMING = ["examples/13-async/stream.py"]
"""Those that hand on events, which run on this machine only."""
EXAMPLES = [file for file in FILES if "/test_" not in file and file not in STREAMING]
AT_ONCE = re.compile(r"\b(Parallel|Map)\(|\.after\(")
"""What makes a run with `enable_parallel` another one than without."""
FAILING = {
    "examples/21-exit/at_the_end.py",
    "examples/02-sequential/default_fail.py",
    "examples/02-sequential/on_failure_fail.py",
    "examples/02-sequential/terminate_with_failure.py",
    "examples/06-parallel/branch_fails.py",
    "examples/07-map/item_fails.py",
    "examples/09-retry/goes_on.py",
}
NEEDS_ENGINE = ["examples/17-containers/containers.py"]
"""Those that run on this machine only where there is an engine of containers (tests/integration/docker)."""
NEEDS_SERVER = ["examples/27-requests/rates.py"]
"""Those that ask the web server of examples/common, whose address is their parameter `server`."""
SAYS_WHERE = FAILING | {"examples/07-map/collects.py", "examples/16-dag/cross_edge.py"}
"""Those with failures whose messages name a line: of the file as Python names that of a script."""
NEEDS_STORE = {
    "examples/03-parameters/objects.py",
    "examples/04-catalog/catalog.py",
    "examples/04-catalog/folders_and_globs.py",
    "examples/04-catalog/large.py",
    "examples/04-catalog/no_copy.py",
    "examples/04-catalog/on_failure.py",
    "examples/11-jobs/shell_job.py",
    "examples/14-caching/caching.py",
    "examples/23-artifacts/artifacts.py",
}
"""Those that compile to Argo only with a configuration that has a store."""
LARGE = {"examples/03-parameters/large_values.py"}
"""Those that compile to Argo without a store, and run there with one only: their values are large."""
WITH_STORE = "examples/configs/argo-s3.yaml"
CONFIGURATIONS = {
    "sequential": (
        "run-log-store: {type: file-system, log_folder: LOGS}\ncatalog: {type: file-system, catalog_location: LOGS}\n"
        "approvals: approve\n"
    ),
    "concurrent": (
        "pipeline-executor: {type: local, enable_parallel: true}\njob-executor: {type: local, enable_parallel: true}\n"
        "run-log-store: {type: chunked-fs, log_folder: LOGS}\n"
        "catalog: {type: file-system, catalog_location: LOGS}\napprovals: approve\n"
    ),
    "emulator": (
        "pipeline-executor: {type: emulator, config: {enable_parallel: true}}\njob-executor: {type: emulator}\n"
        "run-log-store: {type: chunked-fs, log_folder: LOGS}\n"
        "catalog: {type: file-system, catalog_location: LOGS}\napprovals: approve\n"
    ),
}


@pytest.fixture
def rates():
    """The address of the server of examples/common, which runs."""
    with served("127.0.0.1:0") as address:
        yield address


@contextmanager
def served(address: str) -> Iterator[str]:
    """That server at an address, as ``HOST:PORT``."""
    from examples.common.rates_server import server

    with server(address) as serving:
        threading.Thread(target=serving.serve_forever, kwargs={"poll_interval": 0.01}).start()
        yield f"{serving.server_address[0]}:{serving.server_port}"
        serving.shutdown()


def run(example: str, mode: str, folder: Path) -> subprocess.CompletedProcess[str]:
    configuration = folder / f"{mode}.yaml"
    configuration.write_text(CONFIGURATIONS[mode].replace("LOGS", str(folder / mode)))
    environment = {**os.environ, "RUNNABLE_CONFIGURATION_FILE": str(configuration), "RUNNABLE_RUN_ID": "the-run"}
    if mode == "sequential" and example in SAYS_WHERE:
        return subprocess.run([sys.executable, example], cwd=ROOT, env=environment, capture_output=True, text=True)
    return script(example, cwd=ROOT, environment=environment)


def record(mode: str, folder: Path) -> dict[str, object]:
    """What a run's record says, without its times."""
    from runnable.configuration import load_configuration
    from runnable.runs.stores.settings import open_store

    configuration = load_configuration(str(folder / f"{mode}.yaml"))
    found = open_store(configuration).read("the-run").to_json()
    return sort_steps(json.loads(json.dumps(found), object_hook=without_times))


def sort_steps(found: dict[str, object]) -> dict[str, object]:
    """A record with its steps in the order of their paths: items are recorded when they become known."""
    return {**found, "steps": sorted(found["steps"], key=lambda step: step["path"])}


def without_times(item: dict[str, object]) -> dict[str, object]:
    """Without what differs from one run to another, its duration too, keys of values in the store, and the file of
    the configuration."""
    return {k: v for k, v in item.items() if k not in (*EACH_ITS_OWN, "key", "configuration", "duration")}


def without_digests(found: dict[str, object]) -> dict[str, object]:
    """Without the hashes and sizes of objects: the script is `__main__` here, and its classes are pickled otherwise.

    Nor the digests of the code, in which the data files count that a run before has written.
    """

    def kept(item):
        if "format" in item:
            return {**item, "sha256": "", "size": 0}
        return {name: value for name, value in item.items() if name != "code"}

    return json.loads(json.dumps(found), object_hook=kept)


@pytest.mark.slow
@pytest.mark.parametrize("example", [file for file in (*EXAMPLES, *STREAMING) if file not in NEEDS_ENGINE])
def test_an_example_gives_the_same_record_however_it_runs_on_this_machine_and_as_planned(
    example, tmp_path, monkeypatch, request
):
    modes = ["sequential"]
    if AT_ONCE.search((ROOT / example).read_text(encoding="utf-8")):
        modes.append("concurrent")
    if example in EMULATED:
        modes.append("emulator")
    if example in NEEDS_SERVER:
        monkeypatch.setenv("RUNNABLE_PRM_server", request.getfixturevalue("rates"))
    for mode in modes:
        ended = run(example, mode, tmp_path)
        assert ended.returncode == (1 if example in FAILING else 0), ended.stderr
        assert "/compiler/runnable/" not in ended.stderr  # no frame of ours in what a user reads
    for mode in modes:  # a script's classes are pickled by other names in another process
        assert without_digests(record(mode, tmp_path)) == without_digests(record("sequential", tmp_path))
    monkeypatch.chdir(ROOT)
    assert planned_otherwise(example, tmp_path) == []


def planned_otherwise(example: str, folder: Path) -> list[str]:
    """What the plan of an example says of its steps otherwise than its record."""
    from runnable.configuration import load_configuration
    from runnable.frontend.giving import give
    from runnable.frontend.loading import load
    from runnable.runs.stores.settings import open_store

    loaded = load(example)
    unit = give(loaded.unit, loaded.parameters_file, loaded.parameters)
    store = open_store(load_configuration(str(folder / "sequential.yaml")))
    storage = Storage(StoreSettings(str(folder / "sequential")))
    return list(differences(unit.program, unit.functions, store.read("the-run"), storage))


def test_an_example_compiles_by_command(golden):
    """Of all examples, what `tests.golden` compiles in this process is kept."""
    for target, folder, suffix in (("ir", "examples", "ir"), ("argo", "argo", "yaml")):
        ended = command("compile", "--target", target, "examples/06-parallel/parallel.py", cwd=ROOT)
        assert ended.returncode == 0, ended.stderr
        golden(ROOT / "tests" / "golden" / folder / f"06-parallel-parallel.{suffix}", ended.stdout)


def test_an_example_can_be_mocked():
    environment = {**os.environ, "RUNNABLE_CONFIGURATION_FILE": "examples/08-mocking/mocked.yaml"}
    ended = subprocess.run(
        [sys.executable, "examples/08-mocking/orders.py"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    assert "somebody would be notified" in ended.stdout


def test_the_tests_of_examples_pass():
    tests = [file for file in FILES if "/test_" in file]
    ended = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *tests],
        cwd=ROOT,
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stdout
