"""What `runnable diff` says: changes of a pipeline in terms of its steps, and nothing where nothing changes."""

from dataclasses import replace

import pytest

from runnable.ir.nodes import Program
from runnable.ir.options import Resources
from runnable.manifests.changes import compare
from runnable.manifests.objects import parse
from runnable.manifests.outline import outline
from runnable.manifests.text import render
from tests.support.argo_programs import (
    chain,
    compile_text,
    fan_out,
    handled,
    loop,
    parallel,
    program,
    python,
    shell,
    stub,
    switch,
)
from tests.support.paths import TESTS

GOLDEN = TESTS / "golden" / "argo"


def read(compiled, **configuration):
    text = compile_text(compiled, configuration=configuration, configuration_file="c.yaml")
    return outline(parse(text, "demo.yaml"))


def of(*nodes, configuration=None, **parameters):
    return read(program(*nodes, **parameters), **(configuration or {}))


def said(old, new):
    """What is said of each change: ``added step b``, ``step a image: x -> y``."""
    return [
        " ".join(filter(None, (f"{c.how}", c.what, c.name, c.field and f"[{c.field}]", f"{c.old} -> {c.new}")))
        for c in compare(old, new)
    ]


@pytest.mark.parametrize("golden", sorted(GOLDEN.glob("*.yaml")), ids=lambda p: p.stem)
def test_a_manifest_does_not_differ_from_itself_written_in_another_order(golden):
    objects = parse(golden.read_text(), golden.name)
    turned = [_reversed_keys(item) for item in reversed(objects)]
    assert compare(outline(objects), outline(turned)) == []


def _reversed_keys(value):
    if isinstance(value, dict):
        return {key: _reversed_keys(value[key]) for key in reversed(value)}
    return [_reversed_keys(item) for item in value] if isinstance(value, list) else value


def test_every_step_is_there_by_its_own_path():
    inner = parallel("both", a=[python("one step"), stub("s")], b=[fan_out("m", python("t", reads="x"))])
    found = of(inner, loop("again", shell("try", returns="done")), switch("way", "k", up=[python("u")]), xs=[1], k="up")
    assert list(found.steps) == [
        "both",
        "both.a",
        "both.a.one step",
        "both.a.s",
        "both.b.m",
        "both.b.m.*.t",
        "again",
        "again.*.try",
        "way",
        "way.up",
        "way.up.u",
        "way.no-match",
    ]


def test_steps_that_come_and_go_and_what_follows_from_it():
    old = of(python("a"), python("b"), python("c"))
    new = of(python("a"), shell("d", "echo"), python("c"))
    assert said(old, new) == [
        "added step d None -> shell echo",
        "changed step c [runs after] b -> d",
        "removed step b python jobs:work -> None",
    ]


def test_what_a_step_does_and_returns():
    old, new = of(shell("a", "echo 1", returns="x")), of(shell("a", "echo 2", returns="x metric:y"))
    assert said(old, new) == [
        "changed step a [does] shell echo 1 -> shell echo 2",
        "changed step a [returns] x -> x, metric:y",
    ]


def test_options_of_a_step_are_its_own_over_the_defaults():
    old = of(python("a"), python("b"), configuration={"defaults": {"env": {"LEVEL": "1"}, "retry": 1}})
    new = of(python("a", env=(("LEVEL", "2"),)), python("b", image="other:1"), configuration={"defaults": {"retry": 1}})
    found = said(old, new)
    assert "changed step a [env.LEVEL] 1 -> 2" in found
    assert "removed step b [env.LEVEL] 1 -> None" in found
    assert "changed step b [image] runnable:latest -> other:1" in found
    assert len(found) == 3


def test_an_option_that_moves_from_a_step_to_the_defaults_changes_nothing_that_runs():
    old = of(python("a", timeout=60))
    new = of(python("a"), configuration={"defaults": {"timeout": 60}})
    assert [change.what for change in compare(old, new)] in ([], ["text"])


def test_wiring_is_told_by_paths():
    old = of(python("a", returns="x"), python("b", returns="x"), python("c", reads="x"))
    new = of(python("a", returns="x"), python("b", returns="y"), python("c", reads="x"))
    assert "changed step c [reads] b -> a" in said(old, new)


def test_the_builtin_that_reduces_a_map_is_wiring():
    def mapped(reducer):
        node = fan_out("m", python("t", reads="x", returns="y"), reducer=reducer)
        return of(node, python("r", reads="y"), xs=[1])

    assert said(mapped("max"), mapped("sum")) == ["changed step r [reads] m (max) -> m (sum)"]


@pytest.mark.parametrize(
    ("old", "new", "change"),
    [
        (
            fan_out("m", python("t", reads="x"), iterate_on="xs"),
            fan_out("m", python("t", reads="x"), iterate_on="ys"),
            "changed step m [repeats] each x of xs -> each x of ys",
        ),
        (
            fan_out("m", python("t", reads="x"), max_parallel=2),
            fan_out("m", python("t", reads="x")),
            "removed step m [at the same time] 2 -> None",
        ),
        (
            loop("l", shell("t", returns="done"), max_iterations=3),
            loop("l", shell("t", returns="done"), max_iterations=4),
            "changed step l [repeats] until done, at most 3 times -> until done, at most 4 times",
        ),
        (
            switch("s", "k", up=[python("t")]),
            switch("s", "j", up=[python("t")]),
            "changed step s.up [runs if] k is up -> j is up",
        ),
    ],
)
def test_composites_say_what_they_go_by(old, new, change):
    given = {"xs": [1], "ys": [1], "k": "up", "j": "up"}
    assert change in said(of(old, **given), of(new, **given))


def test_a_handler_runs_after_a_failure():
    plain = read(program(python("a"), python("b")))
    graph = handled("", [python("a"), python("b")], {"a": shell("mend", "true")})
    new = read(Program("demo", graph))
    assert new.steps["mend"]["runs after"] == "a failed"
    assert [change for change in said(plain, new) if "step" in change] == ["added step mend None -> shell true"]


def test_a_step_more_in_a_long_chain_is_one_step_more():
    def long(*names):
        return read(program(*map(stub, names)))

    names = [f"s{i}" for i in range(250)]
    assert said(long(*names), long(*names[:120], "new", *names[120:])) == [
        "added step new None -> nothing (a stub)",
        "changed step s120 [runs after] s119 -> new",
    ]


def test_parameters_schedules_and_settings():
    old = of(python("a", reads="x"), x=1, configuration={"schedules": ["@daily"], "ttl": 60, "labels": {"team": "a"}})
    new = of(python("a", reads="x"), x=2, configuration={"schedules": ["@hourly"], "timezone": "UTC", "namespace": "n"})
    assert said(old, new) == [
        "changed parameter x 1 -> 2",
        "changed schedule schedules @daily -> @hourly",
        "added schedule timezone None -> UTC",
        "removed setting labels.team a -> None",
        "removed setting podMetadata.labels.team a -> None",
        "removed setting ttlStrategy.secondsAfterCompletion 60 -> None",
        "removed setting workflowMetadata.labels.team a -> None",
        "added setting namespace None -> n",
    ]


def test_what_the_cluster_adds_to_an_object_is_no_change():
    text = compile_text(program(python("a")), configuration={"namespace": "n"}, configuration_file="c.yaml")
    live = parse(text, "x")
    for item in live:
        item["metadata"] |= {"uid": "1", "resourceVersion": "2", "generation": 3, "managedFields": []}
        item["metadata"]["annotations"] = {"kubectl.kubernetes.io/last-applied-configuration": "{}"}
        item["metadata"]["labels"] = {"kustomize.toolkit.fluxcd.io/name": "x"}
        item["status"] = {}
    assert compare(outline(parse(text, "x")), outline(live)) == []


def test_what_is_not_understood_is_told_all_the_same():
    old = parse(compile_text(program(chain("c", stub("a"), stub("b")))), "x")
    new = parse(compile_text(program(chain("c", stub("a"), stub("b")))), "x")
    new[0]["spec"]["templates"][0]["dag"]["target"] = "c"
    (change,) = compare(outline(old), outline(new))
    assert (change.what, change.new) == ("text", "c")
    assert "target" in change.name


def test_what_several_steps_have_in_common_is_said_once():
    old, new = of(*[python(n) for n in "abc"]), of(*[python(n) for n in "abc"], configuration={"image": "mine:2"})
    assert render(compare(old, new)) == ("~ image: runnable:latest -> mine:2\n      in 3 steps: a, b, c\n3 changes")


def test_what_changes_of_a_pod_is_said_field_by_field():
    old = of(python("a", pod='{"volumes":[{"name":"d","emptyDir":{}}],"hostname":"x"}', labels=(("team", "a"),)))
    volume = '{"name":"d","emptyDir":{"sizeLimit":"1Gi"}}'
    new = of(python("a", pod=f'{{"volumes":[{volume}],"hostname":"y"}}', labels=(("team", "b"),)))
    assert said(old, new) == [
        "changed step a [metadata.labels.team] a -> b",
        "changed step a [podSpecPatch.hostname] x -> y",
        "removed step a [podSpecPatch.volumes.d.emptyDir] {} -> None",
        "added step a [podSpecPatch.volumes.d.emptyDir.sizeLimit] None -> 1Gi",
    ]


def test_that_a_map_keeps_what_succeeded_and_the_share_are_told():
    plain = fan_out("m", python("t", reads="x"))
    collecting = replace(plain, failures="lost")
    assert said(of(plain, xs=[1]), of(collecting, xs=[1])) == [
        "added step m [if an item fails] None -> it is kept in a list"
    ]
    half, most = (of(replace(collecting, min_success=share), xs=[1]) for share in (0.5, 0.9))
    assert (
        "changed step m.not-enough [runs if] less than 1 of 2 of its items have succeeded -> "
        "less than 9 of 10 of its items have succeeded"
    ) in said(half, most)


def test_locks_and_growing_memory_are_told():
    old = of(python("a", retry=2, resources=Resources(memory="1Gi * attempt")))
    new = of(python("a", retry=2, resources=Resources(memory="2Gi * attempt"), mutex="m"))
    found = said(old, new)
    assert any("memory" in change and "2 * (asInt(retries) + 1)" in change for change in found)
    assert any("synchronization" in change for change in found)
