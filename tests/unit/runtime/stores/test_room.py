"""What a workflow has room for: an item's share, and the items of a list."""

import dataclasses
import random
import string

import pytest

from runnable_runtime.failures import BadReturn
from runnable_runtime.protocol import Fan, ReturnSpec, Room, SpecError, TaskSpec
from runnable_runtime.stores.objects import Objects
from runnable_runtime.stores.room import compressed, items_size, share
from runnable_runtime.stores.settings import StoreSettings
from runnable_runtime.stores.spill import spill
from runnable_runtime.stores.storage import IN_A_POD, Storage
from runnable_runtime.values.reference import Reference


def noise(size):
    return "".join(random.Random(size).choices(string.ascii_letters + string.digits, k=size))


def one_of(width, room, store=None):
    """A spec that returns `y`, and the store of an item that is one of `width`."""
    spec = TaskSpec("python", "f", returns=(ReturnSpec("y"),), room=room)
    limits = dataclasses.replace(IN_A_POD, width=width)
    return spec, Objects(Storage(store, "run", "m.0.t", limits=limits))


def test_a_room_is_part_of_the_spec():
    room = Room(1000, 3, 95, (Fan("xs", 95, 2, (Fan("x", 10, 1),)),))
    spec = TaskSpec("stub", "", room=room)
    import json

    assert TaskSpec.from_json(json.dumps(spec.to_json())).room == room
    with pytest.raises(SpecError):
        Room.from_json(["many"])


def test_without_a_store_an_item_that_returns_more_than_its_share_fails_with_the_figures():
    room = Room(1_000_000, copies=3, each=95)
    spec, objects = one_of(100, room)
    assert spill({"y": noise(3_000)}, spec, objects) == {"y": noise(3_000)}
    spec, objects = one_of(1_000, room)
    with pytest.raises(BadReturn, match=r"'y' has 7,002 bytes .* one of 1,000 items.* room for 301 of each.*no store"):
        spill({"y": noise(7_000)}, spec, objects)


def test_with_a_store_what_is_more_than_the_share_goes_there_though_it_is_small(tmp_path):
    spec, objects = one_of(1_000, Room(1_000_000, copies=3, each=95), StoreSettings(str(tmp_path)))
    kept = spill({"y": noise(700)}, spec, objects)["y"]
    assert isinstance(kept, Reference)
    assert objects.load(kept, "y") == noise(700)
    assert spill({"y": 5}, spec, objects) == {"y": 5}


def test_one_task_by_itself_has_a_share_where_its_spec_says_so(tmp_path):
    spec, objects = one_of(1, Room(10_000, copies=100), StoreSettings(str(tmp_path)))
    assert isinstance(spill({"y": noise(700)}, spec, objects)["y"], Reference)
    spec, objects = one_of(1, Room(10_000, fans=(Fan("y", each=95, names=2),)), StoreSettings(str(tmp_path)))
    assert spill({"y": noise(700)}, spec, objects) == {"y": noise(700)}


def test_the_step_that_makes_a_list_fails_if_its_items_cannot_be_kept():
    spec, objects = one_of(1, Room(900_000, fans=(Fan("y", each=95, names=2),)))
    assert spill({"y": list(range(1_000))}, spec, objects)
    with pytest.raises(BadReturn, match=r"a Map runs over 'y', which has 20,000 items: .* room for 900,000"):
        spill({"y": list(range(20_000))}, spec, objects)


def test_items_that_are_lists_count_theirs():
    fan = Fan("rows", 60, 0, (Fan("row", 100, 0),))
    assert items_size(fan, [[1, 2], [3], "no list"], stored=True) == 3 * 60 + 3 * 100


def test_what_repeats_itself_takes_less_room_than_noise():
    assert compressed(b"a" * 9_000) < 100 < compressed(noise(9_000).encode())
    assert share(Room(100, 1, 95), 1_000) == 0
