"""Large arrays of numpy are written to the store as they are hashed, and mapped into memory when they are loaded."""

import hashlib

import numpy
import pytest

from runnable_runtime.failures import StorageFailed
from runnable_runtime.stores import formats, hashing
from runnable_runtime.stores.objects import Objects
from runnable_runtime.stores.settings import StoreSettings
from runnable_runtime.stores.storage import Storage


@pytest.fixture
def objects(tmp_path, monkeypatch):
    monkeypatch.setattr(formats, "_MAPPED", 64)
    monkeypatch.setattr(hashing, "_LARGE", 64)
    return Objects(Storage(StoreSettings(str(tmp_path)), "run", "step"))


def file_of(objects, reference, tmp_path):
    return tmp_path / objects.storage.own_key(reference.key)


LONG = numpy.dtype([(f"Größe {i}", "f4") for i in range(3)])


@pytest.mark.parametrize(
    "array",
    [
        numpy.arange(1000.0).reshape(10, 10, 10),
        numpy.asfortranarray(numpy.arange(1000).reshape(10, 100)),
        numpy.arange(1000)[::3],
        numpy.array(["text"] * 50),
        numpy.zeros(50, "M8[s]"),
        numpy.zeros((0, 5)),
        numpy.array(5.0),
        numpy.zeros(40, LONG),
    ],
    ids=["rows", "columns", "strides", "texts", "times", "empty", "one", "fields"],
)
def test_an_array_comes_back_the_same(objects, array, tmp_path):
    reference = objects.save(array, "array")
    found = objects.load(reference, "array")
    assert type(found) is numpy.ndarray
    assert (found.dtype, found.shape) == (array.dtype, array.shape)
    assert found.flags.f_contiguous == array.flags.f_contiguous or array.ndim == 1
    numpy.testing.assert_array_equal(found, array)
    content = file_of(objects, reference, tmp_path).read_bytes()
    assert (reference.sha256, reference.size) == (hashlib.sha256(content).hexdigest(), len(content))
    numpy.testing.assert_array_equal(numpy.load(file_of(objects, reference, tmp_path)), array)


def test_what_a_task_writes_to_an_array_stays_in_its_process(objects):
    reference = objects.save(numpy.arange(1000), "array")
    mine = objects.load(reference, "array")
    mine[:] = 7
    assert objects.load(reference, "array").sum() == 499500
    assert mine.sum() == 7000


def test_an_array_outlives_its_file(objects, tmp_path):
    reference = objects.save(numpy.arange(1000), "array")
    found = objects.load(reference, "array")
    file_of(objects, reference, tmp_path).unlink()
    assert found.sum() == 499500


def test_an_array_that_was_changed_is_refused(objects, tmp_path):
    reference = objects.save(numpy.arange(1000), "array")
    with file_of(objects, reference, tmp_path).open("r+b") as file:
        file.seek(500)
        file.write(b"changed")
    with pytest.raises(StorageFailed, match="is not what was returned"):
        objects.load(reference, "array")
