"""Objects of Kubernetes' API, of the group core/v1: what we write of them."""

from __future__ import annotations

from runnable.targets.argo.api.objects import ApiObject


class LocalObjectReference(ApiObject):
    name: str


class Capabilities(ApiObject):
    drop: list[str] | None = None


class SeccompProfile(ApiObject):
    type: str


class SecurityContext(ApiObject):
    allow_privilege_escalation: bool | None = None
    capabilities: Capabilities | None = None
    read_only_root_filesystem: bool | None = None


class PodSecurityContext(ApiObject):
    fs_group: int | None = None
    run_as_non_root: bool | None = None
    run_as_user: int | None = None
    seccomp_profile: SeccompProfile | None = None


class ConfigMapKeySelector(ApiObject):
    name: str
    key: str


class SecretKeySelector(ApiObject):
    name: str | None = None
    key: str
    optional: bool | None = None


class ObjectFieldSelector(ApiObject):
    field_path: str


class EnvVarSource(ApiObject):
    field_ref: ObjectFieldSelector | None = None
    secret_key_ref: SecretKeySelector | None = None


class EnvVar(ApiObject):
    name: str
    value: str | None = None
    value_from: EnvVarSource | None = None


class VolumeMount(ApiObject):
    name: str
    mount_path: str


class EmptyDirVolumeSource(ApiObject):
    pass


class PersistentVolumeClaimVolumeSource(ApiObject):
    claim_name: str


class Volume(ApiObject):
    name: str
    empty_dir: EmptyDirVolumeSource | None = None
    persistent_volume_claim: PersistentVolumeClaimVolumeSource | None = None


class ResourceRequirements(ApiObject):
    requests: dict[str, str] | None = None
    limits: dict[str, str] | None = None


class Container(ApiObject):
    args: list[str] | None = None
    command: list[str] | None = None
    env: list[EnvVar] | None = None
    image: str | None = None
    image_pull_policy: str | None = None
    resources: ResourceRequirements | None = None
    security_context: SecurityContext | None = None
    termination_message_policy: str | None = None
    volume_mounts: list[VolumeMount] | None = None
    working_dir: str | None = None
