"""What Argo lists of a step: which files, under which names, and what is said of steps that share a pod."""

import json
from dataclasses import replace

import pytest

from runnable.configuration.catalog import CatalogSettings
from runnable.configuration.sections import Section
from runnable.diagnostics.errors import ConfigurationError
from runnable.ir.nodes import Files
from runnable.manifests.outline import outline
from runnable.targets import argo
from runnable.targets.argo.artifacts import Shown, shown
from runnable.targets.argo.config import ArtifactKeys
from runnable.targets.target import CompileRequest
from runnable_runtime.stores.settings import StoreSettings
from tests.support.argo_programs import arguments, fused, notebook, program, python, shell, tasks, templates
from tests.support.manifests import problems, read

BUCKET = CatalogSettings(StoreSettings("s3://bucket"))


def putting(name, *files):
    return replace(shell(name), files=Files(put=files))


def compiled(*nodes, change=lambda found: found, **artifacts):
    said = []
    request = CompileRequest(
        program=change(program(*nodes)),
        image="mine:1",
        catalog=BUCKET,
        configuration={"artifacts": artifacts},
        report=said.append,
    )
    (found,) = read(argo.compile(request)[0].text)
    assert problems(found) == []
    return found, [one.message for one in said]


def outputs(found, step):
    """The artifacts of a step's pod, and the environment that says which."""
    template = templates(found)[tasks(templates(found)["main"])[step]["template"]]
    variables = {one["name"]: one.get("value") for one in template["container"].get("env", [])}
    return template.get("outputs", {}).get("artifacts"), variables.get("RUNNABLE_ARTIFACTS")


def test_files_of_the_catalog_that_are_chosen_are_artifacts():
    found, said = compiled(putting("draw", "out/plot.svg", "out/a.csv"), putting("other", "b.csv"), files=["*.svg"])
    artifacts, told = outputs(found, "draw")
    assert artifacts == [
        {
            "name": "out-plot-svg",
            "path": "/tmp/runnable/artifacts/out-plot.svg",
            "archive": {"none": {}},
            "optional": True,
        }
    ]
    assert json.loads(told) == {"files": {"out/plot.svg": "out-plot.svg"}}
    assert outputs(found, "other") == (None, None)
    assert said == []


def test_what_matches_a_pattern_is_one_archive():
    artifacts, told = outputs(compiled(putting("draw", "out/*.png"), files=["*.png"])[0], "draw")
    assert artifacts == [{"name": "out-png", "path": "/tmp/runnable/artifacts/out-png", "optional": True}]
    assert json.loads(told) == {"files": {"out/*.png": "out-png"}}


def test_an_executed_notebook_is_one():
    artifacts, told = outputs(compiled(notebook("execute"), notebooks=True)[0], "execute")
    assert [one["path"] for one in artifacts] == ["/tmp/runnable/artifacts/one.ipynb"]
    assert json.loads(told) == {"notebook": "one.ipynb"}
    assert outputs(compiled(notebook("execute"), files=["*"])[0], "execute") == (None, None)


def test_logs_are_those_of_all_pods():
    assert compiled(shell("a"), logs=True)[0]["spec"]["archiveLogs"] is True
    assert "archiveLogs" not in compiled(shell("a"))[0]["spec"]


@pytest.mark.parametrize("files", [("a/plot.svg", "b/plot.svg"), ("a-b.svg", "a/b.svg"), ("é.svg", "è.svg")])
def test_no_two_files_have_one_name_in_the_repository(files):
    found = shown(putting("draw", *files), ArtifactKeys(files=("*",)))
    names = [one["name"] for one in found.artifacts()]
    paths = [one["path"] for one in found.artifacts()]
    assert len(set(names)) == len(set(paths)) == 2
    assert all(path.endswith(".svg") for path in paths)


def test_without_the_key_nothing_is_listed():
    assert shown(putting("draw", "a.svg"), None) == Shown()


def test_it_is_said_of_steps_that_share_a_pod():
    found, said = compiled(
        putting("draw", "a.svg"), putting("again", "b.csv"), change=fused, files=["*.svg"], logs=True
    )
    assert [one for one in said if "artifacts" in one] == [
        "step 'draw' shares its pod, so that Argo lists no artifacts of it"
    ]
    assert found["spec"]["archiveLogs"] is True


def test_a_difference_names_them():
    found = outline([compiled(putting("draw", "a.svg"), python("b"), files=["*.svg"])[0]])
    assert found.steps["draw"]["artifacts"] == "a-svg"
    assert "artifacts" not in found.steps["b"]


def test_the_report_is_made_by_a_pod_after_the_workflow_and_is_no_step():
    log = Section("chunked-s3", {"bucket": "runs"})
    request = CompileRequest(program=program(shell("a")), image="mine:1", run_log_store=log)
    with_it = replace(request, configuration={"artifacts": {"report": True}})
    (found,) = read(argo.compile(with_it)[0].text)
    assert problems(found) == []
    whole = templates(found)
    (call,) = [one for one in whole[found["spec"]["onExit"]]["dag"]["tasks"] if one["name"] == "report"]
    assert [one["name"] for one in whole[call["template"]]["outputs"]["artifacts"]] == ["report-html"]
    assert "place" not in json.loads(arguments(call)["spec"])
    assert list(outline([found]).steps) == ["a"]


def test_a_report_of_nothing_is_refused():
    with pytest.raises(ConfigurationError) as error:
        compiled(shell("a"), report=True)
    assert "pods record nothing" in str(error.value)
