"""Files, objects, large values and records on a volume, from pods of a real cluster: the same as on this machine."""

import json

import pytest
import yaml

from runnable.configuration.sections import Section
from runnable_runtime.records.records import Status
from runnable_runtime.stores.settings import StoreSettings
from tests.conformance.test_corpus import built
from tests.integration.cluster.test_argo_corpus import without_numbers
from tests.integration.cluster.test_argo_stores import EXAMPLES, ON_A_VOLUME, ran_here, ran_there
from tests.integration.cluster.test_k8s_jobs import Ended
from tests.integration.test_command_line import runnable
from tests.support import clusters
from tests.support.paths import ROOT
from tests.support.selection import representative
from tests.support.volumes import volume

pytestmark = [
    pytest.mark.cluster,
    pytest.mark.timeout(1200),
    pytest.mark.skipif(not clusters.IMAGE, reason="RUNNABLE_CLUSTER_IMAGE names no image of the examples"),
]
RECORDS = Section("chunked-fs", {})


@pytest.fixture(autouse=True)
def _project(monkeypatch):
    monkeypatch.chdir(ROOT)


@pytest.fixture(scope="module")
def kept():
    """A volume that all tests of this module write to."""
    with volume() as found:
        yield found


def shown(place, run):
    """The run as `runnable show` has it, from the records in the folder `place`."""
    (place / "pyproject.toml").touch()
    sections = {"run-log-store": {"type": "chunked-fs", "config": {"log_folder": "run-log"}}}
    (place / "runnable-config.yaml").write_text(yaml.safe_dump(sections))
    nowhere = {"KUBECONFIG": str(place / "none"), "HOME": str(place)}
    ended = runnable("show", run, "--format", "json", cwd=place, **nowhere)
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


@pytest.mark.parametrize("example", representative(EXAMPLES, ON_A_VOLUME))
def test_an_example_ends_as_it_does_here_and_its_pods_record_that(example, kept, tmp_path):
    found = clusters.built_example(example)
    text = clusters.compiled(found, run_log=RECORDS, pvc_for_runnable=kept.claim)
    finished = clusters.wait(clusters.start(text))
    record, expected = ran_here(found, tmp_path / "here")
    assert (finished.phase == "Succeeded") == (record.status is Status.SUCCEEDED)
    place = kept.copy(tmp_path / "there")
    assert ran_there(finished, StoreSettings(str(place / "catalog"))) == expected
    recorded = {
        (without_numbers(step["path"]), step["status"] == "succeeded")
        for step in shown(place, finished.name)["steps"]
        if step["attempts"]
    }
    assert recorded == {(path, succeeded) for path, succeeded, _ in expected}


def test_a_map_ends_as_it_does_here_where_every_value_that_can_goes_through_the_volume(kept, tmp_path):
    found = built("three kinds in a reduced map")
    catalog = Section("file-system", {"spill_above": 0})
    text = clusters.compiled(found, catalog=catalog, run_log=RECORDS, pvc_for_runnable=kept.claim)
    finished = clusters.wait(clusters.start(text))
    record, expected = ran_here(found, tmp_path / "here")
    assert (finished.phase == "Succeeded") == (record.status is Status.SUCCEEDED)
    place = kept.copy(tmp_path / "there")
    assert ran_there(finished, StoreSettings(str(place / "catalog"))) == expected
    assert len(shown(place, finished.name)["steps"]) >= len(expected)


JOB = """
from runnable import Catalog, ShellJob

ShellJob(
    command="mkdir -p out; echo kept > out/note.txt; export x=1",
    returns=["x"],
    catalog=Catalog(put=["out/note.txt"]),
).execute()
"""


def test_the_pod_of_a_job_records_its_attempt_and_keeps_its_file(kept, tmp_path):
    settings = {"image": clusters.IMAGE, "namespace": clusters.NAMESPACE, "pvc_claim_name": kept.claim}
    sections = {"job-executor": {"type": "k8s-job", "config": settings}, "run-log-store": {"type": "chunked-fs"}}
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "job.py").write_text(JOB)
    (tmp_path / "runnable-config.yaml").write_text(yaml.safe_dump(sections))
    compiled = runnable("compile", "job.py", "--target", "k8s-job", cwd=tmp_path)
    assert compiled.returncode == 0, compiled.stderr
    job = Ended(clusters.NAMESPACE, compiled.stdout)
    clusters.kubectl("delete", "job", job.name, "--wait=false")
    assert "Complete" in job.conditions
    place = kept.copy(tmp_path / "there")
    (step,) = shown(place, job.name)["steps"]
    (attempt,) = step["attempts"]
    assert (attempt["status"], attempt["outputs"]) == ("succeeded", {"x": 1})
    assert (place / "catalog" / job.name / "out/note.txt").read_text() == "kept\n"
