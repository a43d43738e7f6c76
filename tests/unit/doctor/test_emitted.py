"""`doctor` looks for the fields that manifests have; these are all that the manifests of examples have, and exist."""

import gzip
import json

import yaml

from runnable.doctor.argo import _lacking
from runnable.doctor.emitted import FIELDS
from tests.support.paths import ROOT

OTHERS = ("podMetadata", "workflowMetadata", "securityContext", "volumes", "container", "metadata", "templateDefaults")
"""What is of Kubernetes, or has users' names, below these."""
EVENTS = ("EventSource", "Sensor")
"""Kinds of another project's definitions."""
SCHEMAS = json.loads(gzip.decompress((ROOT / "tests/data/argo-schemas.json.gz").read_bytes()))


def fields_of(value, path=()):
    """The paths of all fields, each with those above it."""
    if isinstance(value, list):
        for item in value:
            yield from fields_of(item, path)
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield ".".join((*path, name))
            if name not in OTHERS:
                yield from fields_of(inner, (*path, name))


def test_all_fields_of_the_golden_manifests_are_looked_for():
    known = {".".join(field.split(".")[:n]) for field in FIELDS for n in range(1, 5)}
    found = set()
    for file in sorted((ROOT / "tests/golden/argo").rglob("*.yaml")):
        for item in yaml.safe_load_all(file.read_text()):
            if item and item["apiVersion"].startswith("argoproj.io") and item["kind"] not in EVENTS:
                found |= set(fields_of(item["spec"].get("workflowSpec", item["spec"])))
    upper = {field for field in found if field.count(".") < (3 if field.startswith("templates.sync") else 2)}
    assert upper - known - {"schedules", "timezone"} == set()


def test_the_definitions_of_the_newest_argo_have_them_all():
    spec = SCHEMAS["cron"]
    spec["properties"]["workflowSpec"] = SCHEMAS["workflow"]
    definition = {"spec": {"versions": [{"schema": {"openAPIV3Schema": {"properties": {"spec": spec}}}}]}}
    assert list(_lacking(definition)) == []
    template = SCHEMAS["workflow"]["properties"]["templates"]["items"]
    del template["properties"]["synchronization"]["properties"]["mutexes"]
    assert list(_lacking(definition)) == ["templates.synchronization.mutexes"]
