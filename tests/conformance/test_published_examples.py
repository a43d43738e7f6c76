"""Pipelines of the published `runnable` 0.50.0 run here unmodified, one step after another and concurrently.

Needs a checkout of that project, which is not part of this one: RUNNABLE_PUBLISHED_CHECKOUT names its folder.
"""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

CHECKOUT = os.environ.get("RUNNABLE_PUBLISHED_CHECKOUT", "")
# What an example ends with where it is not 0; those of later versions of ours are left out.
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
    "03-parameters/passing_parameters_shell.py": 0,
    "03-parameters/static_parameters_fail.py": 0,
    "03-parameters/static_parameters_non_python.py": 0,
    "03-parameters/static_parameters_python.py": 0,
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
}

pytestmark = pytest.mark.skipif(not CHECKOUT, reason="RUNNABLE_PUBLISHED_CHECKOUT is not set")


@pytest.mark.parametrize("configuration", ["default.yaml", "parallel_enabled.yaml"])
@pytest.mark.parametrize("example", EXAMPLES)
def test_a_published_example_ends_as_it_should(example, configuration, tmp_path):
    # only its examples: the package in its root would be imported instead of this one
    shutil.copytree(Path(CHECKOUT) / "examples", tmp_path / "examples")
    environment = {
        **os.environ,
        "PYTHONPATH": str(tmp_path),
        "RUNNABLE_CONFIGURATION_FILE": f"examples/configs/{configuration}",
        "FIX_RANDOM_TOSS": "heads",
        "RUNNABLE_PRM_envvar": "from env",  # as that project's own tests have it
    }
    ended = subprocess.run(
        [sys.executable, f"examples/{example}"], cwd=tmp_path, env=environment, capture_output=True, text=True
    )
    assert ended.returncode == EXAMPLES[example], ended.stderr
