"""Steps with `cache=True` in a manifest: which Argo looks up, what is in their keys, and what is said of the others."""

import json
import re
from dataclasses import replace

import pytest

from runnable import Catalog, Map, Pipeline, PythonTask, ShellTask, param, pickled
from runnable.configuration import Configuration
from runnable.configuration.sections import Section
from runnable.diagnostics.codes.caching import NotCachedOnArgo
from runnable.driver.compile import compile_to
from runnable.frontend.build import build
from runnable.manifests.outline import outline
from runnable.targets import argo, request_for
from runnable.targets.argo.cached import cache_key
from runnable.targets.target import CompileRequest
from tests.support.argo_programs import arguments, fused, tasks, templates
from tests.support.manifests import problems, read

HASH = "[0-9a-f]{32}"


def rate():
    return 2


def price(order: str = "bread") -> int:
    return len(order) * rate()


def priced(name="price", **options):
    return PythonTask(name=name, function=price, **{"returns": ["n"], "cache": True, **options})


def unit_of(*steps, name="orders", **parameters):
    unit = build(Pipeline(name=name, steps=list(steps)), __file__)
    assert not unit.diagnostics, [d.message for d in unit.diagnostics]
    unit.program.parameters.update(parameters)
    return unit


def compiled(*steps, image="mine:1", cache=(), change=lambda program: program, configuration=(), **parameters):
    """The workflow's object, and what was said."""
    said = []
    unit = unit_of(*steps, **parameters)
    request = CompileRequest(
        program=change(unit.program),
        functions=unit.functions,
        image=image,
        configuration={"cache": dict(cache), **dict(configuration)},
        report=said.append,
    )
    (found,) = read(argo.compile(request)[0].text)
    assert problems(found) == []
    return found, [one for one in said if isinstance(one, NotCachedOnArgo)]


def code(found, step="price", template="main"):
    """What the key of a step begins with; None if it is not looked up."""
    return arguments(tasks(templates(found)[template])[step]).get("code")


def test_the_controller_looks_a_step_up_before_it_starts_a_pod():
    found, said = compiled(priced(), order="x")
    whole = templates(found)
    call = tasks(whole["main"])["price"]
    looked_up = whole[call["template"]]
    assert re.fullmatch(f"price-{HASH}", code(found))
    assert looked_up["memoize"] == {
        "cache": {"configMap": {"name": "runnable-cache"}},
        "key": cache_key(),
        "maxAge": "",
    }
    (run,) = looked_up["dag"]["tasks"]
    assert "container" in whole[run["template"]]
    assert "memoize" not in whole[run["template"]]  # a pod whose outputs do not fit any more would be an error
    assert said == []


def test_the_configuration_names_the_config_map_and_an_age():
    found, _ = compiled(priced(), cache={"configMap": "mine", "maxAge": "7d"}, order="x")
    (memoize,) = [one["memoize"] for one in found["spec"]["templates"] if "memoize" in one]
    assert (memoize["cache"]["configMap"]["name"], memoize["maxAge"]) == ("mine", "604800s")


def test_without_the_key_nothing_is_looked_up():
    unit = unit_of(priced(), order="x")
    with_it, without = (
        argo.compile(CompileRequest(program=program, functions=unit.functions, image="mine:1"))[0].text
        for program in (unit.program, unit_of(priced(cache=False), order="x").program)
    )
    assert with_it == without


def test_steps_that_run_alike_share_a_template_and_have_keys_of_their_own():
    found, _ = compiled(priced("one"), priced("two"), order="x")
    calls = tasks(templates(found)["main"])
    assert calls["one"]["template"] == calls["two"]["template"]
    assert code(found, "one").rpartition("-")[2] != code(found, "two").rpartition("-")[2]


CHANGES = {
    "the function": lambda monkeypatch: monkeypatch.setattr(price, "__defaults__", ("milk",)),
    "a function that it calls": lambda monkeypatch: monkeypatch.setitem(globals(), "rate", lambda: 3),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_an_edit_of_the_code_changes_the_key(change, monkeypatch):
    before = code(compiled(priced(), order="x")[0])
    change(monkeypatch)
    assert code(compiled(priced(), order="x")[0]) != before


OTHERS = {
    "image": {"image": "mine:2"},
    "variable of all": {"configuration": {"env": {"LEVEL": "2"}}},
    "variable": {"step": priced(env={"LEVEL": "2"})},
    "returns": {"step": priced(returns=["m"])},
    "arguments": {"step": priced(arguments={"order": "bread"})},
    "pod": {"step": priced(pod={"hostAliases": [{"ip": "10.0.0.9", "hostnames": ["db"]}]})},
}


@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
def test_what_a_step_runs_in_and_how_is_in_the_key(other):
    other = dict(other)
    step = other.pop("step", priced())
    assert code(compiled(step, order="x", **other)[0]) != code(compiled(priced(), order="x")[0])


@pytest.mark.parametrize("same", [{"resources": {"memory": "1Gi"}}, {"retry": 3}, {"labels": {"team": "a"}}], ids=str)
def test_what_does_not_change_what_it_returns_is_not_in_the_key(same):
    assert code(compiled(priced(**same), order="x")[0]) == code(compiled(priced(), order="x")[0])


def put(name):
    return Catalog(put=[name])


LEFT_OUT = {
    "has no copy of its file": (priced(catalog=Catalog(put=["a.csv"], store_copy=False)), "there is no copy"),
    "has a secret": (priced(secrets=["TOKEN"]), "it has secrets"),
    "has an image of a parameter": (priced(image=param("order")), "'order' names its image"),
    "has a memoize": (
        priced(template={"memoize": {"key": "a", "maxAge": "", "cache": {"configMap": {"name": "x"}}}}),
        "a `memoize` of its own",
    ),
}


@pytest.mark.parametrize(("step", "reason"), LEFT_OUT.values(), ids=LEFT_OUT)
def test_what_cannot_be_looked_up_runs_and_it_is_said_why(step, reason):
    found, said = with_store(step)
    assert code(found) is None
    assert lookup(found) is None
    (one,) = [one for one in said if isinstance(one, NotCachedOnArgo)]
    assert reason in one.reason
    assert one.span is not None


def with_store(step, cache=(), change=lambda program: program, **parameters):
    """The workflow's object where pods have a store, and what was said."""
    unit = unit_of(step, **(parameters or {"order": "x"}))
    said = []
    configuration = Configuration(
        "test.yaml",
        {
            "pipeline-executor": Section("argo", {"cache": dict(cache), "secrets": {"TOKEN": "keys/token"}}),
            "catalog": Section("s3", {"bucket": "b"}),
        },
    )
    request = request_for("argo", change(unit.program), configuration, unit.functions)
    (found,) = read(argo.compile(replace(request, image="mine:1", report=said.append))[0].text)
    assert problems(found) == []
    return found, said


def lookup(found, step="price", template="main"):
    """How a step's pod looks itself up in the store."""
    return json.loads(arguments(tasks(templates(found)[template])[step])["spec"]).get("lookup")


STORED = {
    "returns an object": {"returns": [pickled("n")]},
    "puts a file": {"catalog": put("a.csv")},
    "gets a file": {"catalog": Catalog(get=["a.csv"])},
}


@pytest.mark.parametrize("options", STORED.values(), ids=STORED)
def test_the_pod_of_a_step_with_files_or_objects_looks_it_up_in_the_store(options, monkeypatch):
    found, said = with_store(priced(**options), cache={"maxAge": "7d"})
    digest, age = lookup(found)
    assert (re.fullmatch(HASH, digest) is not None, age, code(found), said) == (True, 604800, None, [])
    shown = outline([found]).steps["price"]
    assert (shown["cache"], shown["code, image and environment"]) == ("the store, for 604800s", digest)
    others = [priced(**options, env={"LEVEL": "2"}), priced(**{**options, "catalog": put("b.csv")})]
    assert digest not in [lookup(with_store(other, cache={"maxAge": "7d"})[0])[0] for other in others]
    monkeypatch.setitem(globals(), "rate", lambda: 3)
    assert lookup(with_store(priced(**options))[0])[0] != digest


@pytest.mark.parametrize("options", [{"batch": 2}, {"on_error": "collect"}], ids=str)
def test_items_that_need_a_pod_of_another_kind_look_themselves_up_too(options):
    looked_up = [with_store(mapped(**one), orders=["a", "b"]) for one in (options, {})]
    assert ['"lookup\\":' in json.dumps(found) for found, _ in looked_up] == [True, False]
    assert [said for _, said in looked_up] == [[], []]


@pytest.mark.parametrize("image", ["mine", "mine:latest"])
def test_an_image_that_may_be_another_one_tomorrow_is_not_looked_up(image):
    found, said = compiled(priced(), image=image, order="x", configuration={"imagePullPolicy": "Always"})
    assert code(found) is None
    assert "has no version" in said[0].reason


def test_code_that_cannot_be_known_is_not_looked_up():
    step = ShellTask(name="price", command="true", cache=True)
    looked_up, _ = compiled(step)
    unit = unit_of(priced(), order="x")
    said = []
    request = CompileRequest(
        program=unit.program, functions={}, image="mine:1", configuration={"cache": {}}, report=said.append
    )
    request = replace(request, program=_calling_nothing(unit.program))
    (found,) = read(argo.compile(request)[0].text)
    assert code(looked_up)
    assert code(found) is None
    assert "cannot be known beforehand" in said[0].reason


def _calling_nothing(program):
    (task,) = program.graph.nodes
    task = replace(task, action=replace(task.action, module="there_is_no_such_module"))
    return replace(program, graph=replace(program.graph, nodes=(task,)))


def mapped(**options):
    body = priced().as_pipeline()
    return Map(name="each", branch=body, iterate_on="orders", iterate_as="order", **options)


def test_each_item_of_a_map_is_looked_up():
    found, said = compiled(mapped(), orders=["a", "b"])
    call = tasks(templates(found)["each"])["price"]
    assert re.fullmatch(f"each-price-{HASH}", arguments(call)["code"])
    assert "memoize" in templates(found)[call["template"]]
    assert said == []


@pytest.mark.parametrize(("options", "reason"), [({"batch": 2}, "share pods"), ({"on_error": "collect"}, "keeps")])
def test_items_that_need_a_pod_of_another_kind_are_not(options, reason):
    _, said = compiled(mapped(**options), orders=["a", "b"])
    assert reason in said[0].reason


def test_a_step_that_is_looked_up_has_its_own_pod():
    steps = [priced("one"), *(priced(name, cache=False) for name in ("two", "three"))]
    found, _ = compiled(*steps, change=fused, order="x")
    assert list(tasks(templates(found)["main"])) == ["one", "two-to-three"]


def test_what_is_kept_travels_with_the_workflow_and_is_in_no_store():
    unit = unit_of(priced(), order="x")
    settings = Section("argo", {"cache": {}})
    for catalog in ({}, {"catalog": Section("s3", {"bucket": "b"})}):
        configuration = Configuration("test.yaml", {"pipeline-executor": settings, **catalog})
        (found,) = read(compile_to("argo", unit, configuration, image="mine:1")[0].text)
        spec = json.loads(arguments(tasks(templates(found)["main"])["price"])["spec"])
        assert spec.get("inline", []) == (["n"] if catalog else [])


def test_a_difference_shows_the_cache_and_what_its_key_begins_with():
    found = outline([compiled(priced(), order="x")[0]]).steps["price"]
    assert found["cache"] == "the ConfigMap runnable-cache"
    assert re.fullmatch(HASH, found["code, image and environment"])


def test_a_step_at_the_end_is_not_looked_up():
    unit = build(Pipeline(name="p", steps=[priced("a", cache=False)], on_exit=priced().as_pipeline()), __file__)
    unit.program.parameters["order"] = "x"
    said = []
    request = CompileRequest(
        program=unit.program, functions=unit.functions, image="a:1", configuration={"cache": {}}, report=said.append
    )
    argo.compile(request)
    assert [one.message for one in said] == ["step 'on_exit.price' always runs on Argo: it runs after the run"]
