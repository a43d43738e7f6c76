"""Fragments of a pod's spec: each kind of mistake is found with its path, the rest is merged as Kubernetes merges."""

import json

import pytest

from runnable.diagnostics.errors import ConfigurationError, DefinitionError
from runnable.targets.argo.hera_models import core
from runnable.targets.kubernetes.pod_fragment import complete, merge_spec, read_fragment
from tests.support.argo_programs import python
from tests.unit.targets.kubernetes.test_pod_options import job, template


def main(**fields):
    return {"containers": [{"name": "main", **fields}]}


def mounted(*mounts, volumes=("data",)):
    declared = [{"name": name, "emptyDir": {}} for name in volumes]
    return {"volumes": declared, **main(volumeMounts=[{"name": n, "mountPath": path} for n, path in mounts])}


def text(fragment):
    found, mistakes = read_fragment(fragment)
    assert mistakes == []
    return found


@pytest.mark.parametrize(
    ("fragment", "at", "words"),
    [
        ([], "", "is a mapping"),
        ({"volume": []}, "volume", "did you mean 'volumes'"),
        ({"volumes": {}}, "volumes", "is a list"),
        ({"volumes": [{"name": "a", "emptyDir": None}]}, "volumes[0].emptyDir", "an empty mapping is {}"),
        (
            {"volumes": [{"name": "a", "emptyDir": {"sizelimit": "1Gi"}}]},
            "volumes[0].emptyDir.sizelimit",
            "'sizeLimit'",
        ),
        ({"volumes": [{"emptyDir": {}}]}, "volumes[0]", "needs the field 'name'"),
        ({"volumes": [{"name": "a", "persistentVolumeClaim": {}}]}, "volumes[0].persistentVolumeClaim", "'claimName'"),
        ({"volumes": [{"name": "a"}]}, "volumes[0]", "needs one source, and has none"),
        ({"volumes": [{"name": "a", "secret": {}, "emptyDir": {}}]}, "volumes[0]", "has secret and emptyDir"),
        ({"volumes": [{"name": "store", "emptyDir": {}}]}, "volumes[0].name", "the pod has already"),
        (main(volume_mounts=[]), "containers[0].volume_mounts", "did you mean 'volumeMounts'"),
        (main(env=[{"name": "A", "value": 1}]), "containers[0].env[0].value", 'write it as a text: "1"'),
        (main(env=[{"name": "RUNNABLE_A"}]), "containers[0].env[0].name", "this package's own"),
        (main(tty="yes"), "containers[0].tty", "is true or false"),
        (main(image="a:1"), "containers[0].image", "give `image`"),
        (main(command=["sh"]), "containers[0].command", "has its own"),
        ({"containers": [{"name": "db", "image": "b"}]}, "containers[0].name", "`restartPolicy: Always`"),
        ({"initContainers": [{"name": "wait", "image": "b"}]}, "initContainers[0].name", "another container"),
        (mounted(("dta", "/a")), "containers[0].volumeMounts[0].name", "did you mean 'data'"),
        (mounted(("data", "a")), "containers[0].volumeMounts[0].mountPath", "begins with /"),
        (mounted(("data", "/tmp/")), "containers[0].volumeMounts[0].mountPath", "something else"),
        (mounted(("data", "/a"), ("data", "/a/")), "containers[0].volumeMounts[1].mountPath", "another volume"),
        ({"terminationGracePeriodSeconds": "5"}, "terminationGracePeriodSeconds", "a whole number"),
        ({"hostNetwork": 1}, "hostNetwork", "true or false"),
        ({"priorityClassName": "high"}, "priorityClassName", "give `priority_class`"),
        ({"restartPolicy": "Always"}, "restartPolicy", "`retry`"),
        ({"nodeName": object}, "", "no mapping of plain values"),
    ],
)
def test_a_mistake_is_found_with_its_path_and_what_to_do(fragment, at, words):
    found, (mistake,) = read_fragment(fragment)
    assert found == ""
    assert mistake.at == at
    assert words in f"{mistake.reason} {mistake.instead}"


def test_what_platforms_ask_for_is_taken():
    spread = {"maxSkew": 1, "topologyKey": "zone", "whenUnsatisfiable": "DoNotSchedule"}
    fragment = {
        "affinity": {"podAntiAffinity": {"requiredDuringSchedulingIgnoredDuringExecution": [{"topologyKey": "host"}]}},
        "topologySpreadConstraints": [spread | {"labelSelector": {"matchLabels": {"a": "b"}}}],
        "securityContext": {"fsGroup": 1000, "supplementalGroups": [4]},
        "dnsConfig": {"options": [{"name": "ndots", "value": "2"}]},
        "volumes": [
            {"name": "claim", "persistentVolumeClaim": {"claimName": "data", "readOnly": True}},
            {"name": "csi", "csi": {"driver": "d", "volumeAttributes": {"a": "b"}}},
            {"name": "map", "configMap": {"name": "m", "items": [{"key": "a", "path": "b", "mode": 420}]}},
            {"name": "tmp", "emptyDir": {"medium": "Memory", "sizeLimit": "1Gi"}},
        ],
        "initContainers": [
            {
                "name": "proxy",
                "image": "p",
                "restartPolicy": "Always",
                "readinessProbe": {"tcpSocket": {"port": "http"}},
            },
            {"name": "fetch", "image": "f", "resources": {"limits": {"memory": "1Gi", "cpu": 1}}},
        ],
        **main(envFrom=[{"secretRef": {"name": "s"}}], lifecycle={"preStop": {"sleep": {"seconds": 1}}}),
    }
    assert json.loads(text(fragment)) == fragment


def test_objects_of_hera_and_of_the_library_kubernetes_are_taken():
    from kubernetes.client import V1PodSpec, V1SecurityContext

    volume = core.Volume(name="a", config_map=core.ConfigMapVolumeSource(name="m"))
    assert json.loads(text({"volumes": [volume]})) == {"volumes": [{"name": "a", "configMap": {"name": "m"}}]}
    assert json.loads(text(main(securityContext=V1SecurityContext(run_as_user=7)))) == main(
        securityContext={"runAsUser": 7}
    )
    assert json.loads(text(V1PodSpec(containers=[], host_network=True))) == {"containers": [], "hostNetwork": True}


def test_lists_are_merged_by_their_keys_and_others_replaced():
    weak = {
        "volumes": [{"name": "a", "emptyDir": {}}, {"name": "b", "emptyDir": {}}],
        "containers": [{"name": "main", "env": [{"name": "A", "value": "1"}], "envFrom": [{"prefix": "x"}]}],
    }
    strong = {
        "volumes": [{"name": "b", "secret": {"secretName": "s"}}],
        "containers": [{"name": "main", "env": [{"name": "B", "value": "2"}], "envFrom": []}],
    }
    assert merge_spec(weak, strong) == {
        "volumes": [{"name": "a", "emptyDir": {}}, {"name": "b", "secret": {"secretName": "s"}}],
        "containers": [
            {"name": "main", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}], "envFrom": []}
        ],
    }


def test_a_container_that_is_added_is_admitted_where_pods_are_restricted_and_counted():
    own = {"name": "b", "image": "b", "securityContext": {"privileged": True}, "resources": {}}
    added = text({"initContainers": [{"name": "a", "image": "a"}, own]})
    first, second = complete(added, "task:1", (("cpu", "1"),), ())["initContainers"]
    assert first["image"] == "a"
    assert first["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert first["resources"] == {"requests": {"cpu": "1"}}
    assert second == own
    assert (
        complete(text({"initContainers": [{"name": "a"}]}), "task:1", (), ())["initContainers"][0]["image"] == "task:1"
    )


def test_the_template_of_a_step_has_its_fragment_over_its_override_and_the_defaults_as_a_patch():
    found = template(
        python("a", pod=text(mounted(("data", "/own"))), overrides=(("argo", "big"),)),
        defaults={"pod": {"hostname": "low", "dnsPolicy": "Default"}},
        overrides={"big": {"pod": {"hostname": "high", **mounted(("more", "/more"), volumes=["more"])}}},
    )
    patch = json.loads(found["podSpecPatch"])
    assert (patch["hostname"], patch["dnsPolicy"]) == ("high", "Default")
    assert [volume["name"] for volume in patch["volumes"]] == ["more", "data"]
    assert [mount["mountPath"] for mount in patch["containers"][0]["volumeMounts"]] == ["/more", "/own"]


def test_a_job_has_it_in_its_pod_whose_own_volumes_stay():
    sidecar = {"name": "proxy", "image": "p", "restartPolicy": "Always"}
    found = job(python("a", pod=text({**mounted(("data", "/own")), "initContainers": [sidecar]})))["spec"]
    assert [volume["name"] for volume in found["volumes"]] == ["tmp", "data"]
    (container,) = found["containers"]
    assert [mount["mountPath"] for mount in container["volumeMounts"]] == ["/tmp", "/own"]
    assert container["command"] == ["python", "-m", "runnable_runtime"]
    assert found["initContainers"][0]["resources"]["limits"] == {"cpu": "2", "memory": "2Gi"}


def test_a_variable_is_given_once():
    fragment = text(main(env=[{"name": "A", "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}}}]))
    with pytest.raises(DefinitionError, match="gives 'A' in"):
        job(python("a", env=(("A", "b"),), pod=fragment))


def test_what_argo_would_replace_is_refused():
    with pytest.raises(DefinitionError, match=r"pod has '\{\{' in it"):
        template(python("a", pod=text({"hostname": "{{workflow.name}}"})))
    with pytest.raises(ConfigurationError, match=r"'\{\{' is not allowed"):
        template(python("a"), defaults={"pod": {"hostname": "{{workflow.name}}"}})


def test_a_mistake_in_a_configuration_names_the_key_and_the_path():
    with pytest.raises(ConfigurationError, match=r"config.defaults.pod.*volumes\[0\].emptydir is no field there"):
        template(python("a"), defaults={"pod": {"volumes": [{"name": "a", "emptydir": {}}]}})
