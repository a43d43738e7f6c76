"""Pipelines of the corpus whose tasks share pods: they end as without, with the same records, in fewer pods.

A simulator of Argo runs the manifest, and each pod is a process of the image's entrypoint that writes records. It knows
no Maps, Conditionals and Loops: those are in tests/integration/cluster/test_fused_pods.py.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import runnable_runtime
from runnable.configuration.sections import Section
from runnable.ir.nodes import FanOut, Loop, Switch
from runnable.ir.walk import walk
from runnable.runs.stores.settings import STORES
from runnable_runtime import protocol
from runnable_runtime.stores.settings import StoreSettings
from tests.conformance.test_corpus import built
from tests.support.argo_programs import compile_all, fused
from tests.support.argo_simulator import FAILED, SUCCEEDED, Simulator
from tests.support.corpus import CORPUS


def is_simple(name):
    return not any(isinstance(node, FanOut | Switch | Loop) for _, node in walk(built(name).program.graph))


SIMPLE = [name for name in CORPUS if is_simple(name)]


class Pods(Simulator):
    """Runs each pod as a process, which writes records into `log`."""

    def __init__(self, document, log):
        super().__init__(document["spec"], None)
        self.log = log
        self.started = []

    def _call(self, home, name, given):
        template = self.templates[home, name]
        if "container" not in template:
            return super()._call(home, name, given)
        self.started.append(json.loads(given["spec"])["name"])
        out = self.log.parent / f"out-{len(self.started)}"
        values = {"{{inputs.parameters.spec}}": given["spec"], "{{inputs.parameters.in}}": given.get("in", "")}
        args = template["container"]["args"]
        words = [values.get(word, word) for word in args[: args.index("--parameters")]]
        variables = {
            "PYTHONPATH": str(Path(runnable_runtime.__file__).parent.parent),
            "TMPDIR": str(self.log.parent / "scratch"),
            protocol.RUN_ID_VARIABLE: "r",
            protocol.RUN_LOG_VARIABLE: StoreSettings(str(self.log)).encode(),
            protocol.RUN_VARIABLE: '{"pipeline":"corpus"}',
            protocol.WORKFLOW_VARIABLE: "argo/w",
        }
        command = [sys.executable, "-m", "runnable_runtime", *words, "--outputs", str(out)]
        ended = subprocess.run(command, env={**os.environ, **variables}, cwd=self.log.parent, check=False)
        if ended.returncode:
            return FAILED, None
        return SUCCEEDED, out.read_text().strip()


def run(program, folder):
    """The outcome, the pods and the records of the steps."""
    bucket = {"run_log_store": Section("chunked-s3", {"bucket": "b"})}
    (document,) = compile_all(program, **bucket)
    log = folder / "log"
    folder.mkdir()
    pods = Pods(document, log)
    outcome = pods.run()
    record = STORES["chunked-fs"].open(STORES["chunked-fs"].settings(log_folder=str(log))).read("r")
    steps = {
        path: (
            step.kind,
            step.status,
            step.message,
            step.place,
            dict(step.inputs),
            dict(step.outputs),
            len(step.attempts),
        )
        for path, step in record.steps.items()
    }
    return outcome, pods.started, steps


@pytest.mark.slow
@pytest.mark.parametrize("name", SIMPLE)
def test_a_pipeline_ends_as_without_with_the_same_records(name, tmp_path):
    program = built(name).program
    outcome, pods, steps = run(program, tmp_path / "alone")
    again, fewer, same = run(fused(program), tmp_path / "fused")
    assert again == outcome
    assert same == steps
    assert (outcome == SUCCEEDED) == CORPUS[name].succeeds
    assert len(fewer) <= len(pods)
