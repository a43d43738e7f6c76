"""Pipelines of other projects (docs/ported.md) run, check and compile in an empty folder with the installed package."""

import shutil

import pytest

from tests.support.paths import ROOT

pytestmark = [pytest.mark.install, pytest.mark.timeout(300)]

FOLDER = ROOT / "examples" / "ported"
SAYS = {
    "airflow_taskflow": "total order value is 1236.70",
    "argo_coinflip": "after 4 flips",
    "dagster_cereals": "most calories: Honey Bits; most protein: Oat Hulls",
    "hamilton_marketing": "   0.125    1.258",
    "kedro_spaceflights": "mean error 35.0",
    "kubeflow_condition": "heads, and 0 is not larger than 4",
    "luigi_top_artists": "[('Ada', 80), ('Cid', 50), ('Eve', 50)]",
    "metaflow_playlist": "bonus: Laughing Matters, Comedy",
    "prefect_stars": "huggingface/transformers: 134000 stars",
    "snakemake_variants": "6 variants",
}
"""The last line that each prints."""


@pytest.mark.parametrize("name", SAYS)
def test_a_pipeline_of_another_project_runs_checks_and_compiles(name, user):
    for file in (f"{name}.py", "argo.yaml"):
        shutil.copy(FOLDER / file, user.folder)
    assert user.run("python", f"{name}.py").stdout.splitlines()[-1] == SAYS[name]
    assert user.run("runnable", "check", f"{name}.py").stdout == "no mistakes found\n"
    compiled = user.run("runnable", "compile", "-c", "argo.yaml", f"{name}.py").stdout
    assert "kind: WorkflowTemplate" in compiled


def test_every_ported_pipeline_is_tried_and_listed():
    names = {file.stem for file in FOLDER.glob("*.py")}
    page = (ROOT / "docs" / "ported.md").read_text()
    assert names == SAYS.keys()
    assert all(f"(../examples/ported/{name}.py)" in page for name in names)
