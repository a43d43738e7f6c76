"""Pipelines of the published `runnable` 0.50.0 run here unmodified, one step after another and concurrently.

Needs a checkout of that project, which is not part of this one: RUNNABLE_PUBLISHED_CHECKOUT names its folder.
"""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = os.environ.get("RUNNABLE_PUBLISHED_CHECKOUT", "")
# What an example ends with; 09-retry is below. Left out are those that need torch, scikit-learn, fastapi or metaflow.
EXAMPLES = {
    "01-tasks/notebook.py": 0,
    "01-tasks/python_task_as_pipeline.py": 0,
    "01-tasks/python_tasks.py": 0,
    "01-tasks/scripts.py": 0,
    "01-tasks/stub.py": 0,
    "02-sequential/conditional.py": 0,
    "02-sequential/conditional_rollback.py": 0,
    "02-sequential/default_fail.py": 1,
    "02-sequential/on_failure_fail.py": 1,
    "02-sequential/on_failure_succeed.py": 0,
    "02-sequential/traversal.py": 0,
    "03-parameters/passing_parameters_notebook.py": 0,
    "03-parameters/passing_parameters_python.py": 0,
    "03-parameters/passing_parameters_shell.py": 0,
    "03-parameters/static_parameters_fail.py": 0,
    "03-parameters/static_parameters_non_python.py": 0,
    "03-parameters/static_parameters_python.py": 0,
    "04-catalog/catalog.py": 0,
    "04-catalog/catalog_no_copy.py": 0,
    "04-catalog/catalog_on_fail.py": 0,
    "04-catalog/catalog_python.py": 0,
    "06-parallel/nesting.py": 0,
    "06-parallel/parallel.py": 0,
    "06-parallel/parallel_branch_fail.py": 1,
    "06-parallel/parallel_conflict.py": 0,
    "06-parallel/parallel_rollback.py": 0,
    "07-map/custom_reducer.py": 0,
    "07-map/dynamic_map.py": 0,
    "07-map/map.py": 0,
    "07-map/map_fail.py": 1,
    "10-loop/max_iterations_loop.py": 0,
    "10-loop/simple_loop.py": 0,
    "11-jobs/catalog.py": 0,
    "11-jobs/catalog_no_copy.py": 0,
    "11-jobs/notebooks.py": 0,
    "11-jobs/passing_parameters_python.py": 0,
    "11-jobs/python_tasks.py": 0,
    "11-jobs/scripts.py": 0,
    "async/async_sequential.py": 0,
    "async/async_tasks.py": 0,
}

pytestmark = pytest.mark.skipif(not CHECKOUT, reason="RUNNABLE_PUBLISHED_CHECKOUT is not set")


# Its pipelines in YAML, and what they end with. The last two fail there too: one names functions that it does not ship,
# and one is for the configuration of containers beside it.
YAML = {
    "01-tasks/notebook.yaml": 0,
    "01-tasks/python_tasks.yaml": 0,
    "01-tasks/scripts.yaml": 0,
    "01-tasks/stub.yaml": 0,
    "02-sequential/default_fail.yaml": 1,
    "02-sequential/on_failure_fail.yaml": 1,
    "02-sequential/on_failure_succeed.yaml": 0,
    "02-sequential/traversal.yaml": 0,
    "03-parameters/passing_parameters_notebook.yaml": 0,
    "03-parameters/passing_parameters_python.yaml": 0,
    "03-parameters/passing_parameters_shell.yaml": 0,
    "03-parameters/static_parameters_fail.yaml": 0,
    "03-parameters/static_parameters_non_python.yaml": 0,
    "03-parameters/static_parameters_python.yaml": 0,
    "04-catalog/catalog_on_fail.yaml": 0,
    "04-catalog/catalog_python.yaml": 0,
    "06-parallel/nesting.yaml": 0,
    "06-parallel/parallel.yaml": 0,
    "06-parallel/parallel_branch_fail.yaml": 1,
    "07-map/custom_reducer.yaml": 0,
    "07-map/map.yaml": 0,
    "07-map/map_fail.yaml": 1,
    "executors/argo-map-sequential.yaml": 3,
    "executors/step_overrides_container.yaml": 1,
}
PARAMETERS = "examples/common/initial_parameters.yaml"
WITH_PARAMETERS = ("03-parameters/static", "07-map/")


# Its other configurations, with an example each runs, what that ends with, and what is printed. There `retry` is no
# executor either, and without servers and images the others fail as well.
CONFIGURATIONS = {
    "configs/chunked-fs-run_log.yaml": ("01-tasks/python_tasks.py", 0, ""),
    "configs/dotenv.yaml": ("01-tasks/python_tasks.py", 0, ""),
    "configs/emulate.yaml": ("03-parameters/passing_parameters_python.py", 0, ""),
    "configs/in-memory.yaml": ("03-parameters/passing_parameters_python.py", 0, ""),
    "configs/parallel_with_warning.yaml": ("06-parallel/nesting.py", 0, ""),
    "configs/retry-config.yaml": ("01-tasks/python_tasks.py", 4, "'retry' is not an executor"),
    "configs/local-container.yaml": ("01-tasks/python_tasks.py", 4, "RN70"),
    "executors/local-container-override.yaml": ("01-tasks/python_tasks.py", 4, "experiment_tracker has no effect"),
    "11-jobs/emulate.yaml": ("11-jobs/passing_parameters_python.py", 0, ""),
    "11-jobs/local-container.yaml": ("11-jobs/python_tasks.py", 4, "RN70"),
    "11-jobs/mini-k8s-job.yaml": ("11-jobs/python_tasks.py", 0, "kind: Job"),
}
# Those of clusters, with the target that they are for; each compiles every example that is no stream.
CLUSTERS = {
    "configs/argo-config.yaml": "argo",
    "configs/argo-cron-config.yaml": "argo",
    "11-jobs/k8s-job.yaml": "k8s-job",
    "11-jobs/k8s-scheduled-job.yaml": "k8s-job",
    "11-jobs/mini-k8s-job.yaml": "k8s-job",
}


# Its configurations of mocked runs, with a pipeline each is for, what the run ends with, and what is printed. Two are
# for pipelines that it does not ship: their patches are left out.
MOCKED = {
    "default.yaml": ("02-sequential/default_fail.py", 0, ""),
    "mocked-config-simple.yaml": ("07-map/map.py", 0, ""),
    "mocked-config-unittest.yaml": ("02-sequential/default_fail.py", 0, ""),
    "patching.yaml": ("06-parallel/parallel.py", 0, "hello from mocked"),
    "mocked-config-debug.yaml": ("02-sequential/traversal.py", 0, "the patch for 'Retrieve Content' is left out"),
    "mocked-config.yaml": ("07-map/map.py", 0, "the patch for 'chunk files' is left out"),
}


def run(example: str, configuration: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    return start([f"examples/{example}"], configuration, folder, **variables)


def start(words: list[str], configuration: str, folder: Path, **variables: str) -> subprocess.CompletedProcess[str]:
    # only its examples: the package in its root would be imported instead of this one
    shutil.copytree(Path(CHECKOUT) / "examples", folder / "examples")
    environment = {
        **os.environ,
        "PYTHONPATH": str(folder),
        "RUNNABLE_CONFIGURATION_FILE": f"examples/{configuration}",
        "FIX_RANDOM_TOSS": "heads",
        "RUNNABLE_PRM_envvar": "from env",  # as that project's own tests have it
        **variables,
    }
    return subprocess.run([sys.executable, *words], cwd=folder, env=environment, capture_output=True, text=True)


@pytest.mark.parametrize("configuration", ["default.yaml", "parallel_enabled.yaml"])
@pytest.mark.parametrize("example", EXAMPLES)
def test_a_published_example_ends_as_it_should(example, configuration, tmp_path):
    ended = run(example, f"configs/{configuration}", tmp_path)
    assert ended.returncode == EXAMPLES[example], ended.stderr


@pytest.mark.parametrize("configuration", ["default.yaml", "parallel_enabled.yaml", "emulate.yaml"])
@pytest.mark.parametrize("example", YAML)
def test_a_published_pipeline_in_yaml_ends_as_it_should(example, configuration, tmp_path):
    words = ["-m", "runnable.cli", "execute", f"examples/{example}"]
    words += ["-p", PARAMETERS] if example.startswith(WITH_PARAMETERS) else []
    ended = start(words, f"configs/{configuration}", tmp_path)
    assert ended.returncode == YAML[example], ended.stderr


@pytest.mark.parametrize("configuration", CONFIGURATIONS)
def test_a_published_configuration_runs(configuration, tmp_path):
    example, code, printed = CONFIGURATIONS[configuration]
    ended = run(example, configuration, tmp_path)
    if code == 4:  # of a script every failure is 1: the command says which one it is
        assert ended.returncode == 1
    else:
        assert ended.returncode == code, ended.stderr
    assert printed in ended.stdout + ended.stderr


@pytest.mark.timeout(900)  # 50 pipelines, each in a process of its own
@pytest.mark.parametrize("configuration", CLUSTERS)
def test_a_published_configuration_of_a_cluster_compiles_all_examples(configuration, tmp_path):
    target = CLUSTERS[configuration]
    scripts = [name for name in EXAMPLES if name.startswith("11-jobs") == (target == "k8s-job") and "async" not in name]
    pipelines = [name for name in YAML if target == "argo" and not name.startswith("executors/argo")]
    folders = sorted({f"examples/{Path(name).parent}" for name in scripts})
    given = ["-p", PARAMETERS, "-p", "envvar=1", "-p", "integer=1"]
    for names, compiled in ((folders, scripts), ([f"examples/{name}" for name in pipelines], pipelines)):
        if not names:
            continue
        words = ["-m", "runnable.cli", "compile", "-t", target, *names, "-o", "out", *given]
        folder = tmp_path / str(len(names))
        folder.mkdir()
        ended = start(words, configuration, folder, RUNNABLE_VAR_docker_image="a:1")
        assert ended.returncode == 0, ended.stderr
        assert {path.stem for path in (folder / "out").rglob("*.yaml")} >= {Path(name).stem for name in compiled}


@pytest.mark.parametrize("configuration", MOCKED)
def test_a_published_configuration_mocks(configuration, tmp_path):
    example, code, printed = MOCKED[configuration]
    parameters = {"RUNNABLE_PARAMETERS_FILE": "examples/08-mocking/mocked_map_parameters.yaml"}
    ended = run(example, f"08-mocking/{configuration}", tmp_path, **parameters)
    assert ended.returncode == code, ended.stderr
    assert printed in ended.stdout + ended.stderr


# Fails at first, and goes on as that project's own tests have it: the step that was tried twice.
RETRIED = {
    "09-retry/conditional.py": "conditional.heads.check_envvar",
    "09-retry/linear.py": "check_envvar_task",
    "09-retry/map.py": "map_state.0.execute_python",
    "09-retry/parallel.py": "parallel_step.branch1.hello python",
    "09-retry/parameter_handling.py": "check_envvar_task",
    "09-retry/simple_task.py": "check_envvar_task",
}


@pytest.mark.parametrize("configuration", ["default.yaml", "chunked-fs-run_log.yaml", "parallel_enabled.yaml"])
@pytest.mark.parametrize("example", RETRIED)
def test_a_published_example_goes_on_with_a_run_that_failed(example, configuration, tmp_path):
    shutil.copytree(Path(CHECKOUT) / "examples", tmp_path / "examples")
    environment = {
        **os.environ,
        "PYTHONPATH": str(tmp_path),
        "RUNNABLE_CONFIGURATION_FILE": f"examples/configs/{configuration}",
        "FIX_RANDOM_TOSS": "heads",
    }

    def run(code, **more):
        ended = subprocess.run(
            [sys.executable, f"examples/{example}"],
            cwd=tmp_path,
            env={**environment, **more},
            capture_output=True,
            text=True,
        )
        assert ended.returncode == code, ended.stderr

    parameters = "examples/09-retry/original_parameters.yaml"
    run(1, should_pass="false", RUNNABLE_RUN_ID="r", RUNNABLE_PARAMETERS_FILE=parameters)
    run(0, should_pass="true", RUNNABLE_RETRY_RUN_ID="r", RUNNABLE_PRM_param1="43")
    shown = subprocess.run(
        [sys.executable, "-m", "runnable.cli", "show", "r", "--format", "json"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=True,
    )
    record = json.loads(shown.stdout)
    attempts = {step["path"]: step.get("attempts", []) for step in record["steps"]}
    assert (record["status"], len(attempts[RETRIED[example]])) == ("succeeded", 2)
