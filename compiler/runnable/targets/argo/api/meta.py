"""Objects of Kubernetes' API, of the group meta/v1: what we write of them."""

from __future__ import annotations

from runnable.targets.argo.api.objects import ApiObject


class ObjectMeta(ApiObject):
    name: str | None = None
    generate_name: str | None = None
    namespace: str | None = None
    labels: dict[str, str] | None = None
    annotations: dict[str, str] | None = None
