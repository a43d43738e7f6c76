"""What of a pod's fragment a namespace refuses that enforces the *restricted* Pod Security Standard.

Pods as we make them keep to it, so only what a fragment changes is looked at. Where a container that it adds has a
`securityContext` of its own, that is the whole of it (`pod_fragment.complete`), so all that is asked has to be there.

Source: https://kubernetes.io/docs/concepts/security/pod-security-standards/#restricted
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runnable.targets.kubernetes.pod_rules import MAIN
from runnable.targets.kubernetes.pod_schema import Mistake, shown
from runnable_runtime.protocol import Json

_VOLUMES = (
    "configMap",
    "csi",
    "downwardAPI",
    "emptyDir",
    "ephemeral",
    "persistentVolumeClaim",
    "projected",
    "secret",
)
_HOST = ("hostNetwork", "hostPID", "hostIPC")
_SYSCTLS = (
    "kernel.shm_rmid_forced",
    "net.ipv4.ip_local_port_range",
    "net.ipv4.ip_unprivileged_port_start",
    "net.ipv4.tcp_syncookies",
    "net.ipv4.ping_group_range",
    "net.ipv4.ip_local_reserved_ports",
    "net.ipv4.tcp_keepalive_time",
    "net.ipv4.tcp_fin_timeout",
    "net.ipv4.tcp_keepalive_intvl",
    "net.ipv4.tcp_keepalive_probes",
)
_SELINUX = ("", "container_t", "container_init_t", "container_kvm_t", "container_engine_t")
_SECCOMP = ("RuntimeDefault", "Localhost")


def refused(fragment: Mapping[str, Json]) -> Iterator[Mistake]:
    """What of `fragment`, which is as the schema has it, such a namespace refuses; `instead` is empty."""
    for key in _HOST:
        if fragment.get(key):
            yield Mistake(key, "shares the node's own")
    for index, volume in enumerate(fragment.get("volumes", [])):
        for source in volume.keys() - {"name"} - set(_VOLUMES):
            yield Mistake(f"volumes[{index}].{source}", "is no kind of volume that is admitted")
    context = fragment.get("securityContext", {})
    yield from _shared(context, "securityContext")
    for index, sysctl in enumerate(context.get("sysctls", [])):
        if sysctl["name"] not in _SYSCTLS:
            yield Mistake(f"securityContext.sysctls[{index}].name", f"is {sysctl['name']!r}, which is not a safe one")
    for field in ("containers", "initContainers"):
        for index, container in enumerate(fragment.get(field, [])):
            yield from _container(container, f"{field}[{index}]")


def _container(container: Mapping[str, Json], at: str) -> Iterator[Mistake]:
    for index, port in enumerate(container.get("ports", [])):
        if port.get("hostPort"):
            yield Mistake(f"{at}.ports[{index}].hostPort", "takes a port of the node")
    if "securityContext" not in container:
        return
    context, inside = container["securityContext"], f"{at}.securityContext"
    whole = container["name"] != MAIN  # that of the task's container is merged over what it has already
    yield from _shared(context, inside)
    if context.get("privileged"):
        yield Mistake(f"{inside}.privileged", "is true")
    if context.get("procMount", "Default") != "Default":
        yield Mistake(f"{inside}.procMount", f"is {shown(context['procMount'])}")
    if context.get("allowPrivilegeEscalation", whole):
        found = "is true" if "allowPrivilegeEscalation" in context else "is not false, as it has to be"
        yield Mistake(f"{inside}.allowPrivilegeEscalation", found)
    capabilities = context.get("capabilities", {})
    if (whole or "drop" in capabilities) and "ALL" not in capabilities.get("drop", []):
        yield Mistake(f"{inside}.capabilities.drop", 'is without "ALL"')
    if added := [one for one in capabilities.get("add", []) if one != "NET_BIND_SERVICE"]:
        yield Mistake(f"{inside}.capabilities.add", f"has {', '.join(added)}")


def _shared(context: Mapping[str, Json], at: str) -> Iterator[Mistake]:
    """What a pod and a container can both say."""
    if context.get("runAsNonRoot") is False:
        yield Mistake(f"{at}.runAsNonRoot", "is false")
    if context.get("runAsUser") == 0:
        yield Mistake(f"{at}.runAsUser", "is 0, which is root")
    if (kind := context.get("seccompProfile", {}).get("type", _SECCOMP[0])) not in _SECCOMP:
        yield Mistake(f"{at}.seccompProfile.type", f"is {shown(kind)}")
    options = context.get("seLinuxOptions", {})
    if options.get("user") or options.get("role") or options.get("type", "") not in _SELINUX:
        yield Mistake(f"{at}.seLinuxOptions", "has a user, a role, or a type that is not one of containers")
    if context.get("windowsOptions", {}).get("hostProcess"):
        yield Mistake(f"{at}.windowsOptions.hostProcess", "is true")
