"""Objects and large values go to the store of a run and come back; nothing is loaded that was not written there."""

import dataclasses
import json
import os
import pickle
import subprocess
import sys
import threading

import pytest

from runnable_runtime.failures import BadInput, BadReturn, StorageFailed
from runnable_runtime.protocol import ReturnSpec, TaskSpec
from runnable_runtime.stores.objects import Objects
from runnable_runtime.stores.settings import StoreSettings
from runnable_runtime.stores.spill import spill
from runnable_runtime.stores.storage import NOWHERE, Limits, Storage
from runnable_runtime.values import parameters
from runnable_runtime.values.reference import Reference
from tests.support.s3 import new_prefix


@dataclasses.dataclass
class Model:
    weights: list


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.s3)])
def objects(request, tmp_path):
    if request.param == "folder":
        return Objects(Storage(StoreSettings(str(tmp_path)), "run", "m.0.fit", 2))
    return Objects(Storage(StoreSettings(new_prefix(), os.environ.get("AWS_ENDPOINT_URL", "")), "run", "m.0.fit", 2))


def file_of(objects, reference):
    return os.path.join(objects.storage.store.url, objects.storage.own_key(reference.key))


def stored_json(objects, value, name="x"):
    return objects.save_json(value, name, json.dumps(value).encode())


# --- objects ---


def test_an_object_comes_back_equal(objects):
    reference = objects.save(Model([1, 2]), "model")
    assert objects.load(reference, "model") == Model([1, 2])
    assert reference.type.endswith("test_objects.Model")
    assert reference.size > 0


def test_every_writer_has_a_key_of_its_own(objects):
    keys = {objects.save(1, "x").key for _ in range(3)}
    assert len(keys) == 3
    assert all(key.startswith("objects/m.0.fit/2-") for key in keys)


def test_lists_of_references_are_loaded_item_by_item(objects):
    nested = [objects.save(1, "x"), [objects.save("two", "x"), 3]]
    assert objects.load(nested, "x") == [1, ["two", 3]]


def test_a_large_buffer_is_passed_on_without_a_copy(objects):
    large = os.urandom(20 * 1024 * 1024)
    assert objects.load(objects.save({"a": bytearray(large)}, "x"), "x") == {"a": large}


def test_what_pickle_cannot_take_cloudpickle_does(tmp_path):
    pytest.importorskip("cloudpickle")
    here = []

    class Local:
        def value(self):
            return here

    objects = Objects(Storage(StoreSettings(str(tmp_path)), "run", "step"))
    assert objects.load(objects.save(lambda x: x + 1, "f"), "f")(1) == 2
    assert objects.load(objects.save(Local(), "o"), "o").value() == []


def test_what_cannot_be_pickled_fails_the_step_that_returns_it(objects):
    with pytest.raises(BadReturn, match=r"lock is a _thread.lock that cannot be pickled: TypeError"):
        objects.save(threading.Lock(), "lock")
    assert list(objects._store.entries()) == []


def test_an_object_that_cannot_be_loaded_here_is_said(objects):
    reference = objects.save(Model([]), "model")
    Model.__setstate__ = lambda self, state: 1 / 0
    try:
        with pytest.raises(
            BadInput, match=r"'model', a .*Model of an earlier step, cannot be loaded here: ZeroDivision"
        ):
            objects.load(reference, "model")
    finally:
        del Model.__setstate__


def test_classes_of_the_main_module_are_found_in_another_process(tmp_path):
    (tmp_path / "train.py").write_text(
        "import sys\n"
        "from runnable_runtime.stores.pickler import dump\n"
        "class Net:\n"
        "    class Layer:\n"
        "        size = 3\n"
        "def activate(): return 4\n"
        "if __name__ == '__main__':\n"
        "    dump([Net.Layer(), activate, Net], sys.stdout.buffer, 'train')\n"
    )
    pickled = subprocess.run([sys.executable, "train.py"], cwd=tmp_path, capture_output=True, check=True).stdout
    load = "import pickle, sys; a, b, c = pickle.load(sys.stdin.buffer); print(a.size, b(), c.__module__)"
    other = subprocess.run([sys.executable, "-c", load], cwd=tmp_path, input=pickled, capture_output=True, check=True)
    assert other.stdout == b"3 4 train\n"
    main = "from runnable_runtime.stores.pickler import find\nclass Net: pass\nassert find('train', 'Net') is Net\n"
    (tmp_path / "train.py").write_text(main)
    subprocess.run([sys.executable, "train.py"], cwd=tmp_path, check=True)


# --- trust ---


def test_nothing_is_loaded_of_a_file_that_was_changed(objects, tmp_path, monkeypatch):
    if not os.path.isdir(objects.storage.store.url):
        pytest.skip("changes a file of the store")
    reference = objects.save([1], "x")
    with open(file_of(objects, reference), "wb") as file:
        file.write(pickle.dumps([2]))
    monkeypatch.setattr(pickle, "load", lambda stream: pytest.fail("it was loaded"))
    with pytest.raises(StorageFailed, match=r"'x' in the store is not what was returned: objects/.* was changed"):
        objects.load(reference, "x")


def test_an_object_that_was_removed_is_said(objects):
    reference = objects.save([1], "x")
    objects._store.delete(objects.storage.own_key(reference.key))
    with pytest.raises(StorageFailed, match="'x' is not in the store any more"):
        objects.load(reference, "x")


GOOD = {"key": "objects/a/1-x/n", "sha256": "00", "size": 1, "format": "pickle"}


@pytest.mark.parametrize(
    "change",
    [
        {"key": "other-run/x"},
        {"key": "../other-run/.runnable/objects/x"},
        {"key": "/etc/passwd"},
        {"key": 3},
        {"format": "yaml"},
        {"size": -1},
        {"size": "1"},
        {"size": True},
        {"length": 1.5},
        {"at": -1},
        {"url": "s3://elsewhere"},
    ],
    ids=str,
)
def test_a_reference_that_someone_else_has_written_is_refused(change):
    line = json.dumps(["object", "x", {**GOOD, **change}])
    with pytest.raises(BadInput, match="'x' is a reference"):
        parameters.decode_lines(line)


def test_a_reference_cannot_climb_out_of_its_run(objects):
    document = {**GOOD, "key": "objects/../../../other/.runnable/objects/x"}
    reference = parameters.decode_lines(json.dumps(["object", "x", document]))["x"]
    with pytest.raises(StorageFailed, match="no key of a store"):
        objects.load(reference, "x")


def test_a_value_that_looks_like_a_reference_is_a_value(objects):
    forged = {"x": GOOD, "y": ["object", "z", GOOD]}
    assert parameters.decode_lines(parameters.encode_lines(forged)) == forged
    assert objects.load(forged["y"], "y") == forged["y"]
    typed = json.dumps(["z", json.dumps(["object", "z", GOOD])])
    assert parameters.decode_lines(typed) == {"z": ["object", "z", GOOD]}


# --- large values ---


@pytest.mark.parametrize("value", ["text" * 9, {"a": [1.0, None]}, [1, "ü", {"b": 12345678901234567890}], []])
def test_a_json_value_comes_back_as_it_was(objects, value):
    reference = stored_json(objects, value)
    assert repr(objects.load(reference, "x")) == repr(value)
    assert reference.length == (len(value) if isinstance(value, list) else None)


def test_one_item_of_a_list_is_had_alone(objects, monkeypatch):
    value = [0, "one", [2], {"three": "}],"}, None]
    reference = stored_json(objects, value)
    read = []
    inner = objects._store.read
    monkeypatch.setattr(type(objects._store), "read", lambda self, *a: read.append(a) or inner(*a))
    assert [objects.load(reference.item(n), "x") for n in range(5)] == value
    assert max(end - start for _, start, end in read) <= 16
    for position in (-1, 5):
        with pytest.raises(ValueError, match="no list with an item"):
            reference.item(position)


def test_values_above_the_limit_go_to_the_store_but_for_those_that_decide(objects):
    storage = dataclasses.replace(objects.storage, limits=Limits(20))
    values = {"small": [1], "large": "x" * 40, "number": 10**50, "decides": "y" * 40, "list": list(range(20))}
    spec = TaskSpec("python", "f", inline=("decides",))
    kept = spill(values, spec, Objects(storage))
    assert {name for name, value in kept.items() if isinstance(value, Reference)} == {"large", "list"}
    assert Objects(storage).load(kept["large"], "large") == "x" * 40
    lines = parameters.encode_lines(kept)
    assert parameters.decode_lines(lines) == kept
    item = parameters.decode_lines(lines + '\n["item","i","list",7]')["i"]
    assert Objects(storage).load(item, "i") == 7


def test_without_a_store_too_large_outputs_fail_with_the_size_and_the_limit():
    storage = dataclasses.replace(NOWHERE, limits=Limits(10, 100))
    spec = TaskSpec("python", "f", returns=(ReturnSpec("a"), ReturnSpec("b")))
    fits = {"a": "x" * (100 - len('{"a":""}\n{"b":1}')), "b": 1}
    assert spill(fits, spec, Objects(storage)) == fits
    with pytest.raises(
        BadReturn, match=r"'a' has 87 bytes as JSON, and a step can return 100 in all: there is no store"
    ):
        spill({**fits, "a": fits["a"] + "x"}, spec, Objects(storage))


def test_what_decides_has_to_fit(objects):
    storage = dataclasses.replace(objects.storage, limits=Limits(10, 1000))
    with pytest.raises(BadReturn, match="because what runs is decided by it"):
        spill({"xs": list(range(1000))}, TaskSpec("python", "f", inline=("xs",)), Objects(storage))
    with pytest.raises(BadReturn, match="return fewer values"):
        spill({f"n{n}": n for n in range(200)}, TaskSpec("python", "f"), Objects(storage))


def test_reducers_get_values_that_are_in_the_store(objects):
    results = [{"out": parameters.encode_lines({"x": stored_json(objects, f"text {n}")})} for n in range(3)]
    line = json.dumps(["each", ["x"], results, "max"])
    assert parameters.decode_lines(line, objects.load) == {"x": "text 2"}
    with pytest.raises(BadInput, match="'x' is in a store, and there is none here"):
        parameters.decode_lines(line)
    assert parameters.decode_lines(json.dumps(["each", ["x"], results, "len"])) == {"x": 3}
    with pytest.raises(StorageFailed, match="there is no store"):
        parameters.decode_lines(line, Objects(NOWHERE).load)


# --- paths ---


@pytest.mark.parametrize(
    ("path", "inputs", "expected"),
    [
        ("m.*.t", '{"a":1}\n["item","x","xs",3]', "m.3.t"),
        ("m.*.l.*.t", '["item","x","xs",3]\n["iteration","n",0]\n["y","item"]', "m.3.l.0.t"),
        ("m.*.t", "", "m.*.t"),
        ("t", '["item","x","xs",3]', "t"),
    ],
)
def test_a_path_gets_the_numbers_of_its_items_and_iterations(path, inputs, expected):
    assert parameters.with_numbers(path, inputs) == expected
