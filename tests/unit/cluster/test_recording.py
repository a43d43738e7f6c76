"""What a workflow is to the records of its pods: its run, and how that has ended."""

import os

import pytest
import yaml

from runnable.cluster.model import Phase, Step, View
from runnable.cluster.recording import end_of, end_of_job
from runnable.cluster.run_status import Recorder
from runnable.cluster.view import view
from runnable.configuration import Section
from runnable.runs.resume.finished import Finished
from runnable.runs.stores import STORES
from runnable.targets import argo
from runnable.targets.target import CompileRequest
from tests.support.argo_programs import program, shell

BUCKET = Section("chunked-s3", {"bucket": "runs"})
ENDED = "2026-01-01T00:01:05Z"


def shown(phase, run="wf", **more):
    steps = {name: Step(name, "task", phase) for name, phase in more.pop("steps", {}).items()}
    return View("wf", "here", phase, finished=ENDED if phase.ended else "", steps=steps, run=run, **more)


def workflow(**requested):
    """The object that a pipeline is compiled to, as the cluster has it before anything runs."""
    request = CompileRequest(program=program(shell("a")), kind="Workflow", name="p", image="i", **requested)
    (document,) = argo.compile(request)
    found = yaml.safe_load(document.text)
    found["metadata"] = {"name": "wf", "namespace": "here"}
    return found


def test_a_workflow_names_the_run_that_its_pods_record():
    assert view(workflow(run_log_store=BUCKET)).run == "wf"
    assert view(workflow()).run == ""
    assert view(workflow(run_log_store=BUCKET, finished=Finished("night", {}))).run == "night"


@pytest.mark.parametrize("phase", [Phase.WAITING, Phase.PENDING, Phase.RUNNING])
def test_one_that_goes_on_has_no_end(phase):
    assert end_of(shown(phase)) is None


def test_an_end_has_the_time_of_the_workflow_and_what_failed():
    end = end_of(shown(Phase.FAILED, steps={"a": Phase.SUCCEEDED, "m.1.b": Phase.FAILED}))
    assert (end.workflow, end.status, end.ended) == ("here/wf", "failed", "2026-01-01T00:01:05.000000+00:00")
    assert end.message == "'m.1.b' failed"
    many = end_of(shown(Phase.FAILED, steps={f"s{i}": Phase.FAILED for i in range(9)}))
    assert many.message == "'s0', 's1', 's2' and 6 more failed"
    assert end_of(shown(Phase.FAILED, message="it took too long")).message == "it took too long"
    assert end_of(shown(Phase.SUCCEEDED)).status == "succeeded"
    assert end_of(shown(Phase.FAILED, stopping=True)).status == "interrupted"


def folder_store(folder):
    return STORES["chunked-fs"].open(STORES["chunked-fs"].settings(log_folder=str(folder)))


@pytest.mark.parametrize("run", ["../other", "a/b", "..", "x\n"])
def test_a_name_that_leads_out_of_the_store_is_written_nowhere(run, tmp_path, capsys):
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "run.json").write_text("{}")
    Recorder(folder_store(tmp_path / "log")).ended(shown(Phase.SUCCEEDED, run=run))
    assert "is no run's id" in capsys.readouterr().err
    assert os.listdir(tmp_path) == ["other"]
    assert os.listdir(tmp_path / "other") == ["run.json"]


def test_a_store_that_does_not_have_the_run_is_left_alone(tmp_path, capsys):
    Recorder(folder_store(tmp_path / "log")).ended(shown(Phase.SUCCEEDED))
    Recorder(STORES["buffered"].open(None)).ended(shown(Phase.SUCCEEDED))
    assert not (tmp_path / "log").exists()
    assert capsys.readouterr().err == ""


def test_a_store_that_cannot_be_used_is_told_and_is_no_error(tmp_path, capsys):
    (tmp_path / "log" / "wf").mkdir(parents=True)
    (tmp_path / "log" / "wf" / "run.json").write_text("{}")
    (tmp_path / "log" / "wf" / "ends").touch()
    Recorder(folder_store(tmp_path / "log")).ended(shown(Phase.SUCCEEDED))
    said = capsys.readouterr().err
    assert said.startswith("notice: how it ended is not recorded: ")
    assert len(said.splitlines()) == 1


def job(*conditions):
    found = [{"type": t, "status": s, "lastTransitionTime": ENDED, "message": m} for t, s, m in conditions]
    return {"metadata": {"name": "j", "namespace": "here"}, "status": {"conditions": found}}


def test_a_job_has_ended_when_it_says_so():
    assert end_of_job({"metadata": {"name": "j", "namespace": "here"}}) is None
    assert end_of_job(job(("FailureTarget", "True", "soon"), ("Failed", "False", ""))) is None
    end = end_of_job(job(("SuccessCriteriaMet", "True", ""), ("Complete", "True", "fine")))
    assert (end.workflow, end.status, end.message) == ("job/here/j", "succeeded", "")
    assert end.ended == "2026-01-01T00:01:05.000000+00:00"
    failed = end_of_job(job(("Failed", "True", "Job was active longer than specified deadline")))
    assert (failed.status, failed.message) == ("failed", "Job was active longer than specified deadline")
