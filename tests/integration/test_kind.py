"""kind-config.yaml and kind-up.sh, as far as they can be looked at without kind's node image."""

import re
import shutil
import subprocess

import jsonschema
import pytest
import yaml

from tests.support.paths import ROOT

SCRIPT = ROOT / "kind-up.sh"
CONFIGURATION = ROOT / "kind-config.yaml"
TEXT = {"type": "string"}
PORT = {"type": "integer", "minimum": 1, "maximum": 65535}


def strict(required=(), **properties):
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


MAPPING = strict(
    ("containerPort",), containerPort=PORT, hostPort=PORT, listenAddress=TEXT, protocol={"enum": ["TCP", "UDP", "SCTP"]}
)
NODE = strict(
    role={"enum": ["control-plane", "worker"]},
    image=TEXT,
    labels={"type": "object"},
    extraMounts={"type": "array"},
    extraPortMappings={"type": "array", "items": MAPPING},
    kubeadmConfigPatches={"type": "array", "items": TEXT},
    kubeadmConfigPatchesJSON6902={"type": "array"},
)
CLUSTER = strict(
    ("kind", "apiVersion"),
    kind={"const": "Cluster"},
    apiVersion={"const": "kind.x-k8s.io/v1alpha4"},
    name={"type": "string", "pattern": "^[a-z0-9.-]+$"},
    nodes={"type": "array", "items": NODE},
    networking={"type": "object"},
    featureGates={"type": "object"},
    runtimeConfig={"type": "object"},
    kubeadmConfigPatches={"type": "array", "items": TEXT},
    kubeadmConfigPatchesJSON6902={"type": "array"},
    containerdConfigPatches={"type": "array", "items": TEXT},
    containerdConfigPatchesJSON6902={"type": "array", "items": TEXT},
)
"""The fields that kind's types have. Source: sigs.k8s.io/kind/pkg/apis/config/v1alpha4/types.go (0.30)."""


def test_the_configuration_has_only_what_kind_knows():
    jsonschema.validate(yaml.safe_load(CONFIGURATION.read_text()), CLUSTER)


@pytest.mark.docker
@pytest.mark.skipif(shutil.which("kind") is None, reason="kind is not installed")
def test_kind_itself_takes_the_configuration(tmp_path):
    def said(configuration):
        file = tmp_path / "kind.yaml"
        file.write_text(configuration)
        command = [
            "kind",
            "create",
            "cluster",
            "--name",
            "no-such",
            "--config",
            file,
            "--image",
            "localhost:1/no-such:1",
        ]
        ended = subprocess.run(command, capture_output=True, text=True)
        assert ended.returncode != 0
        return ended.stderr

    assert "failed to pull image" in said(CONFIGURATION.read_text())
    assert "field hostPrt not found" in said(CONFIGURATION.read_text().replace("hostPort", "hostPrt"))


def test_the_port_of_argos_server_is_the_one_that_the_node_hands_on():
    (mapping,) = yaml.safe_load(CONFIGURATION.read_text())["nodes"][0]["extraPortMappings"]
    assert f'"nodePort": {mapping["containerPort"]}' in SCRIPT.read_text()


def test_the_script_is_well_formed():
    subprocess.run(["bash", "-n", SCRIPT], check=True)
    assert SCRIPT.stat().st_mode & 0o111


@pytest.mark.skipif(shutil.which("shellcheck") is None, reason="shellcheck is not installed")
@pytest.mark.parametrize("script", [SCRIPT, ROOT / ".ci" / "run", ROOT / ".ci" / "parts"], ids=lambda path: path.name)
def test_shellcheck_finds_nothing(script):
    ended = subprocess.run(["shellcheck", "-x", script], capture_output=True, text=True)
    assert ended.returncode == 0, ended.stdout


def test_the_page_has_the_steps_of_the_script_in_their_order():
    script = SCRIPT.read_text()
    values = dict(re.findall(r"(\w+)=(?:\$\{\w+:-)?([\w./-]+)\}?", script.split("say()")[0]))
    steps = [
        re.sub(r"\$(\w+)", lambda found: values[found[1]], step) for step in re.findall(r'^say "(.*)"$', script, re.M)
    ]
    page = (ROOT / "docs" / "kind.md").read_text()
    headings = re.findall(r"^## (.*)$", page, re.M)
    assert [heading[0].lower() + heading[1:] for heading in headings[:-1]] == [
        step[0].lower() + step[1:] for step in steps
    ]


def test_what_is_missing_is_told(tmp_path):
    bash = shutil.which("bash")
    for name in ("dirname", "docker"):
        (tmp_path / name).symlink_to(shutil.which("dirname"))
    ended = subprocess.run([bash, SCRIPT], env={"PATH": str(tmp_path)}, capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (2, "kind-up.sh needs the command kind\n")
