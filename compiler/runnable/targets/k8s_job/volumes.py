"""The volumes of a Job's pod: those that the configuration lists, and folders of the node for `mini-k8s-job`."""

from __future__ import annotations

from collections.abc import Mapping

from runnable.configuration.catalog import CatalogSettings
from runnable.targets.k8s_job.config import JobKeys, PodKeys
from runnable.targets.kubernetes.pod_run_log import PodRunLog
from runnable.targets.kubernetes.pod_store import MOUNT, PodStore
from runnable_runtime.protocol import Json
from runnable_runtime.values.parameters import encode

ON_NODE = "(a folder of the node)"
"""Instead of the name of a claim: no claim has such a name."""
NodeFolders = Mapping[str, tuple[str, str]]
"""By the name of a volume: a folder of the node, and where it is in the pod."""


def claim_of_store(keys: JobKeys, catalog: CatalogSettings) -> str | None:
    """The volume that a folder of the catalog is on, if it is on any."""
    on_node = keys.mini_k8s_catalog_location and catalog.store is not None and catalog.store.is_folder
    return keys.pvc_claim_name or (ON_NODE if on_node else None)


def claim_of_run_log(keys: JobKeys) -> str | None:
    """The volume that records in a folder are on, if they are on any."""
    return keys.pvc_claim_name or (ON_NODE if keys.mini_k8s_run_log_location else None)


def node_folders(keys: JobKeys, store: PodStore | None, run_log: PodRunLog | None) -> NodeFolders:
    """The folders of the node that the pod has."""
    found = {}
    if keys.mini_k8s_catalog_location and store is not None and store.claim == ON_NODE:
        found["catalog"] = keys.mini_k8s_catalog_location, f"{MOUNT}/catalog"
    if (
        keys.mini_k8s_run_log_location
        and run_log is not None
        and run_log.settings.is_folder
        and not keys.pvc_claim_name
    ):
        found["run-logs"] = keys.mini_k8s_run_log_location, f"{MOUNT}/run-log"
    return found


def listed_volumes(spec: PodKeys) -> str:
    """The fragment of a pod with the volumes that the configuration lists; empty without any."""
    volumes: list[Json] = []
    for volume in spec.volumes or ():
        if volume.host_path is not None:
            volumes.append({"name": volume.name, "hostPath": {"path": volume.host_path.path}})
        elif volume.persistent_volume_claim is not None:
            claim = {"claimName": volume.persistent_volume_claim.claim_name}
            volumes.append({"name": volume.name, "persistentVolumeClaim": claim})
    mounts = [{"name": one.name, "mountPath": one.mount_path} for one in spec.container.volume_mounts or ()]
    fragment: dict[str, Json] = {"volumes": volumes} if volumes else {}
    if mounts:
        fragment["containers"] = [{"name": "main", "volumeMounts": mounts}]
    return encode(fragment) if fragment else ""
