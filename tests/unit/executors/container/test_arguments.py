"""What a container is to be: its shape from options and configuration, and its description for an engine."""

import os
import subprocess
import sys

import pytest

from runnable.executors.container.arguments import Mount, Origin, Place, container_name, session_container
from runnable.executors.container.left_out import left_out
from runnable.executors.container.quantities import memory_bytes, nano_cpus
from runnable.executors.container.settings import ContainerSettings, OverrideSettings
from runnable.executors.container.shape import Shape, shape_of
from runnable.ir.options import Options, Resources
from runnable.runs import owners
from tests.support.argo_programs import program, shell

SETTINGS = ContainerSettings(
    docker_image="common",
    environment={"A": "common", "B": "common"},
    overrides={"big": OverrideSettings("big", auto_remove_container=False, environment={"B": "big", "C": "big"})},
)
PLACE = Place("/app", "1000:1000")
ORIGIN = Origin(run_id="the-run", owner="me", step="a.b c", attempt=2)


def shape(**options):
    return shape_of(Options(**options), SETTINGS, processors=4)


def test_a_task_without_options_is_run_as_the_configuration_says():
    assert shape() == Shape("common", (("A", "common"), ("B", "common")))


def test_options_are_stronger_than_an_override_and_that_than_the_configuration():
    found = shape(overrides=(("argo", "other"), ("local-container", "big")), env=(("C", "own"),))
    assert found == Shape("big", (("A", "common"), ("B", "big"), ("C", "own")), remove=False)
    assert shape(overrides=(("local-container", "big"),), image="own").image == "own"


def test_resources_become_limits():
    found = shape(resources=Resources(cpu="500m", memory="1.5Gi", gpu=2))
    assert (found.nano_cpus, found.memory, found.gpus) == (500_000_000, 1_610_612_736, 2)
    assert found.limited
    assert not shape(resources=Resources()).limited


def test_no_more_processors_are_asked_for_than_there_are():
    assert shape(resources=Resources(cpu="16")).nano_cpus == 4_000_000_000


@pytest.mark.parametrize(
    ("text", "expected"),
    [("1", 1), ("1k", 1000), ("1Ki", 1024), ("1.5M", 1_500_000), ("1e3", 1000), ("100m", 1), ("2Ei", 2 << 60)],
)
def test_memory_is_in_bytes(text, expected):
    assert memory_bytes(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"), [("2", 2 * 10**9), ("0.5", 5 * 10**8), ("250m", 25 * 10**7), ("1m", 10**7)]
)
def test_processors_are_in_billionths(text, expected):
    assert nano_cpus(text) == expected


@pytest.mark.parametrize("text", ["", "much", "1 Gi", "1GB", "-1"])
def test_what_is_no_quantity_is_refused(text):
    with pytest.raises(ValueError, match="quantity"):
        memory_bytes(text)


def test_a_container_is_as_restricted_as_a_pod():
    host = session_container(Shape("image"), ORIGIN, PLACE, variables={})["HostConfig"]
    assert host["ReadonlyRootfs"]
    assert host["CapDrop"] == ["ALL"]
    assert host["SecurityOpt"] == ["no-new-privileges"]
    assert host["Mounts"] == []
    assert "NanoCpus" not in host


def test_a_container_is_named_and_labelled_by_its_run():
    assert container_name(ORIGIN, "f00") == "runnable-the-run-a.b-c-2-f00"
    assert container_name(Origin(run_id="r", owner="me"), "f00") == "runnable-r-shared-f00"
    assert session_container(Shape("image"), ORIGIN, PLACE, variables={})["Labels"] == {
        "io.runnable.run": "the-run",
        "io.runnable.owner": "me",
        "io.runnable.step": "a.b c",
        "io.runnable.attempt": "2",
    }


def test_a_container_that_is_to_be_kept_belongs_to_nobody():
    kept = session_container(Shape("image", remove=False), ORIGIN, PLACE, variables={})
    assert "io.runnable.owner" not in kept["Labels"]


def test_limits_mounts_and_variables_are_passed_on():
    limited = Shape("image", (("A", "shape"),), nano_cpus=5, memory=7, gpus=1)
    place = Place("/app", "7:7", (Mount("/here", "/app"), Mount("/out", "/there", writable=True)))
    found = session_container(limited, ORIGIN, place, variables={"A": "run", "R": "run"})
    assert found["Env"] == ["A=shape", "R=run"]
    host = found["HostConfig"]
    assert (host["NanoCpus"], host["Memory"], host["MemorySwap"]) == (5, 7, 7)
    assert host["DeviceRequests"] == [{"Count": 1, "Capabilities": [["gpu"]]}]
    assert [(m["Source"], m["Target"], m["ReadOnly"]) for m in host["Mounts"]] == [
        ("/here", "/app", True),
        ("/out", "/there", False),
    ]
    assert "label=disable" in host["SecurityOpt"]


def test_a_process_that_lives_is_not_dead_and_one_that_has_ended_is():
    script = "from runnable.runs import owners; print(owners.this_process())"
    other = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.strip()
    mine = owners.this_process()
    assert owners.is_dead(other)
    assert not owners.is_dead(mine)


def test_a_process_id_that_was_given_again_is_another_process():
    machine, pid, _ = owners.this_process().rsplit(":", 2)
    assert owners.is_dead(f"{machine}:{pid}:1")


@pytest.mark.parametrize("owner", ["", "elsewhere/1/2:1:1", "nonsense"])
def test_what_cannot_be_known_is_not_dead(owner):
    assert not owners.is_dead(owner)
    assert not owners.is_dead(owners.this_process().replace(str(os.getpid()), "x"))


def test_of_requests_and_limits_a_container_has_the_limits():
    both = Resources(cpu="1", requests=(("memory", "1Gi"),), limits=(("cpu", "2"), ("nvidia.com/gpu", "1")))
    found = shape(resources=both)
    assert (found.nano_cpus, found.memory, found.gpus) == (2_000_000_000, None, 1)


def test_a_notice_names_what_only_a_pod_has_and_the_steps():
    storage = Resources(cpu="1", limits=(("ephemeral-storage", "1Gi"),))
    steps = (shell("a", labels=(("b", "c"),), resources=storage), shell("d", labels=(("e", "f"),)), shell("g", retry=1))
    (notice,) = left_out(program(*steps))
    assert notice.endswith("run without: resources (ephemeral-storage) of a; labels of a and d")
    assert not list(left_out(program(shell("a", resources=Resources(cpu="1")))))
