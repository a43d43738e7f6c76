"""A volume of a test's own on a real cluster, which a pod keeps open so that a test can look into it.

It is a folder of the node, which all pods of a cluster of one node can have at once.
"""

import contextlib
import io
import json
import subprocess
import tarfile
import uuid
from dataclasses import dataclass
from pathlib import Path

from tests.support import clusters

MOUNT = "/data"
_PACK = f"import sys, tarfile; tarfile.open(fileobj=sys.stdout.buffer, mode='w|').add('{MOUNT}', '.')"
_EMPTY = f"import pathlib, shutil; [shutil.rmtree(path) for path in pathlib.Path('{MOUNT}').iterdir()]"
_OPEN = f"import os; os.chmod('{MOUNT}', 0o777)"
"""A folder of the node does not get the group of a pod (`fsGroup`), as the volumes of storage classes do."""


@dataclass
class Volume:
    """A PersistentVolumeClaim of the tests' namespace; its volume and the pod that keeps it open have the same name."""

    claim: str

    def copy(self, folder: Path) -> Path:
        """All that is on the volume, in a folder of this machine."""
        with tarfile.open(fileobj=io.BytesIO(self._python(_PACK))) as packed:
            packed.extractall(folder, filter="data")
        return folder

    def prepare(self) -> None:
        """Let pods of any user write there."""
        self._python(_OPEN)

    def empty(self) -> None:
        """Remove what is there."""
        self._python(_EMPTY)

    def _python(self, code: str) -> bytes:
        command = ["kubectl", "-n", clusters.NAMESPACE, "exec", self.claim, "--", "python", "-c", code]
        ended = subprocess.run(command, capture_output=True, timeout=120)
        assert ended.returncode == 0, ended.stderr.decode()
        return ended.stdout


@contextlib.contextmanager
def volume():
    """A new Volume; removed at the end, with all on it."""
    name = f"test-{uuid.uuid4().hex[:8]}"
    _apply(_volume(name), _claim(name), _keeper(name))
    try:
        clusters.kubectl("wait", "pod", name, "--for=condition=Ready", "--timeout=120s")
        found = Volume(name)
        found.prepare()
        yield found
        found.empty()
    finally:
        clusters.kubectl("delete", "pod,persistentvolumeclaim", name, "--grace-period=1", "--wait=false")
        clusters.kubectl("delete", "persistentvolume", name, "--wait=false")


def _apply(*objects):
    clusters.kubectl("create", "-f", "-", text=json.dumps({"apiVersion": "v1", "kind": "List", "items": objects}))


def _volume(name):
    spec = {
        "capacity": {"storage": "1Gi"},
        "accessModes": ["ReadWriteMany"],
        "persistentVolumeReclaimPolicy": "Retain",
        "storageClassName": "",
        "claimRef": {"namespace": clusters.NAMESPACE, "name": name},
        "hostPath": {"path": f"/tmp/runnable-{name}", "type": "DirectoryOrCreate"},
    }
    return {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": name}, "spec": spec}


def _claim(name):
    spec = {
        "accessModes": ["ReadWriteMany"],
        "storageClassName": "",
        "volumeName": name,
        "resources": {"requests": {"storage": "1Gi"}},
    }
    return {"apiVersion": "v1", "kind": "PersistentVolumeClaim", "metadata": {"name": name}, "spec": spec}


def _keeper(name):
    container = {
        "name": "keeper",
        "image": clusters.IMAGE,
        "imagePullPolicy": "IfNotPresent",
        "command": ["python", "-c", "import signal; signal.pause()"],
        "securityContext": {"runAsUser": 0, "runAsNonRoot": False},
        "volumeMounts": [{"name": "data", "mountPath": MOUNT}],
    }
    volumes = [{"name": "data", "persistentVolumeClaim": {"claimName": name}}]
    spec = {"containers": [container], "volumes": volumes, "automountServiceAccountToken": False}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name}, "spec": spec}
