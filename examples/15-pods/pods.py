"""What a cluster is asked for a step's pod:  python examples/15-pods/pods.py

On this machine there is no pod: the tasks find neither the volume nor the sidecar, and do without. A fragment of the
Pod API is a mapping on the step, or a YAML file, here that of `total`, whose pod has an init container and a sidecar.
"""

import json
import os
import tempfile
import urllib.request
from pathlib import Path

from runnable import Pipeline, PythonTask

PRICES = {"apples": 3, "pears": 4}
SCRATCH = {
    "volumes": [{"name": "scratch", "emptyDir": {"sizeLimit": "64Mi"}}],
    "containers": [
        {
            "name": "main",
            "volumeMounts": [{"name": "scratch", "mountPath": "/scratch"}],
            "env": [{"name": "NODE", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}],
            "envFrom": [{"configMapRef": {"name": "team-settings", "optional": True}}],
        }
    ],
    "affinity": {
        "nodeAffinity": {
            "preferredDuringSchedulingIgnoredDuringExecution": [
                {
                    "weight": 1,
                    "preference": {"matchExpressions": [{"key": "disk", "operator": "In", "values": ["ssd"]}]},
                }
            ]
        }
    },
}


def count():
    folder = Path("/scratch") if Path("/scratch").is_dir() else Path(tempfile.gettempdir())
    print(f"counting in {folder} on {os.environ.get('NODE', 'this machine')}")
    orders = folder / "orders.txt"
    orders.write_text("apples\npears\napples\n", encoding="utf-8")
    return orders.read_text(encoding="utf-8").split()


def total(orders: list[str]):
    prices = PRICES
    if "PRICES_URL" in os.environ:
        with urllib.request.urlopen(os.environ["PRICES_URL"], timeout=10) as answer:
            prices = json.load(answer)
    return sum(prices[order] for order in orders)


def main():
    pipeline = Pipeline(
        steps=[
            PythonTask(
                name="count",
                function=count,
                returns=["orders"],
                labels={"team": "orders"},
                annotations={"cluster-autoscaler.kubernetes.io/safe-to-evict": "false"},
                resources={
                    "requests": {"cpu": "100m", "ephemeral-storage": "64Mi"},
                    "limits": {"memory": "256Mi", "ephemeral-storage": "1Gi"},
                },
                pod=SCRATCH,
            ),
            PythonTask(name="total", function=total, returns=["cost"], pod="examples/15-pods/served.yaml"),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
