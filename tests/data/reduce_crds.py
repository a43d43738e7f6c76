"""Makes argo-schemas.json.gz from Argo's full CRDs (manifests/base/crds/full of argo-workflows, Apache-2.0):

    python tests/data/reduce_crds.py CRDS.yaml.gz

What stays is what the API server checks. Descriptions go, and fields that are not listed are refused, as the API server
does for `kubectl apply`. The spec of a workflow is kept once; the CronWorkflow's refers to it.
"""

import gzip
import json
import sys
from pathlib import Path

import yaml

TARGET = Path(__file__).with_name("argo-schemas.json.gz")
KEPT = ("type", "required", "enum", "pattern", "maxItems", "minItems", "maxLength", "minLength", "minimum", "maximum")


def reduce(schema):
    if schema.get("x-kubernetes-int-or-string"):
        return {"type": ["integer", "string"]}
    out = {key: value for key, value in schema.items() if key in KEPT}
    if "properties" in schema:
        out["properties"] = {name: reduce(inner) for name, inner in schema["properties"].items()}
        if not schema.get("x-kubernetes-preserve-unknown-fields"):
            out["additionalProperties"] = False
    for key in ("items", "additionalProperties"):
        if isinstance(schema.get(key), dict):
            out[key] = reduce(schema[key])
    return out


def main():
    with gzip.open(sys.argv[1], "rt") as stream:
        documents = list(yaml.load_all(stream, Loader=yaml.CSafeLoader))
    specs = {
        crd["spec"]["names"]["kind"]: reduce(
            crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
        )
        for crd in documents
        if crd and crd["spec"]["names"]["kind"].endswith(("Workflow", "WorkflowTemplate"))
    }
    workflow = specs["Workflow"]
    assert specs["WorkflowTemplate"] == specs["ClusterWorkflowTemplate"] == workflow
    cron = specs["CronWorkflow"]
    assert cron["properties"]["workflowSpec"] == workflow
    cron["properties"]["workflowSpec"] = {"$ref": "#/$defs/workflow"}
    text = json.dumps({"workflow": workflow, "cron": cron}, separators=(",", ":"), sort_keys=True)
    TARGET.write_bytes(gzip.compress(text.encode(), mtime=0))


if __name__ == "__main__":
    main()
