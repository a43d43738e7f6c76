"""Sending a compiled Job, or CronJob, to a cluster."""

from __future__ import annotations

from runnable.cluster.api import Api
from runnable.cluster.objects import Object, Objects


def submit(item: Object, run_id: str = "", kubeconfig: str | None = None) -> str:
    """Create a Job, or make a CronJob what `item` says; what to tell the user. It is not waited for.

    A Job is called `run_id`, if that is given. `kubeconfig` is another file than kubectl would read. Raises
    ClusterError.
    """
    api = Api.connect(file=kubeconfig)
    objects = Objects(api, item["metadata"].get("namespace") or api.namespace)
    where = f"in the namespace {objects.namespace}"
    if item["kind"] == "CronJob":
        name = objects.apply(item)["metadata"]["name"]
        return f"the CronJob {name} is {where}, with the schedule {item['spec']['schedule']!r}"
    if run_id:
        others = {key: value for key, value in item["metadata"].items() if key != "generateName"}
        item = {**item, "metadata": {**others, "name": run_id}}
    name = objects.create(item)["metadata"]["name"]
    return f"the Job {name} is {where}; `kubectl logs -n {objects.namespace} -f job/{name}` follows it"
