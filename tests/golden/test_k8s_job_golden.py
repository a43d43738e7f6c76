"""Whole manifests of the jobs among the examples. After a change that is meant: --update-golden, and read it."""

from pathlib import Path

import pytest

from tests.golden.test_compiled_examples import compile_example
from tests.support.manifests import read

JOBS = {
    "notebook_job": "",
    "python_job": "examples/configs/k8s-job.yaml",
    "shell_job": "examples/configs/k8s-job-s3.yaml",
}


@pytest.mark.parametrize("job", JOBS)
def test_a_job_compiles_to_the_manifest_that_is_kept(job, golden, monkeypatch):
    text = compile_example(f"examples/11-jobs/{job}.py", monkeypatch, JOBS[job], target="k8s-job")
    assert [document["apiVersion"] for document in read(text)] == ["batch/v1"]
    golden(Path(__file__).parent / "k8s_job" / f"{job}.yaml", text)
