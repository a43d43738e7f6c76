"""Every kind of store keeps whole files under keys, and lets no key lead out of it."""

import os
import threading
import uuid
from pathlib import Path

import pytest

from runnable_runtime.stores import s3
from runnable_runtime.stores.location import Conflict, StoreError
from runnable_runtime.stores.settings import StoreSettings, open_location
from tests.support.s3 import new_prefix

BAD_KEYS = ["", "/etc/passwd", "../x", "a/../b", "a//b", "./a", "a/.", "a\\b", "a\nb", "a\0b", "k" * 1025]


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.s3)])
def location(request, tmp_path):
    url = str(tmp_path / "store") if request.param == "folder" else new_prefix()
    endpoint = os.environ.get("AWS_ENDPOINT_URL", "") if request.param == "s3" else ""
    return open_location(StoreSettings(url, endpoint))


def test_what_is_written_is_read(location):
    location.write("run/a b/ü.bin", b"\x00one")
    location.write("run/a b/ü.bin", b"\x00two")
    assert location.read("run/a b/ü.bin") == b"\x00two"
    assert location.read("run/a b/ü.bin", 1, 3) == b"tw"
    assert location.read("run/a b/ü.bin", 3, 3) == b""
    assert location.size("run/a b/ü.bin") == 4


def test_an_exclusive_write_is_refused_where_there_is_a_file(location):
    location.write("marker", b"mine", exclusive=True)
    with pytest.raises(FileExistsError):
        location.write("marker", b"yours", exclusive=True)
    assert location.read("marker") == b"mine"


def test_a_missing_file_is_a_missing_file(location):
    assert location.size("no/such") is None
    with pytest.raises(FileNotFoundError):
        location.read("no/such")
    with pytest.raises(FileNotFoundError), location.reader("no/such"):
        pass
    location.delete("no/such")
    assert list(location.entries("no")) == []


def test_a_file_is_there_once_its_writer_has_ended_and_not_before(location):
    with location.writer("run/big") as stream:
        stream.write(b"x" * 1000)
        assert location.size("run/big") is None
    assert location.size("run/big") == 1000
    with location.reader("run/big") as stream:
        assert stream.read() == b"x" * 1000


def test_a_writer_that_raises_leaves_what_was_there(location):
    location.write("run/big", b"old")

    def write_half():
        with location.writer("run/big") as stream:
            stream.write(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        write_half()
    assert location.read("run/big") == b"old"
    assert [entry.key for entry in location.entries()] == ["run/big"]


def test_files_go_up_and_down_with_their_progress_told(location, tmp_path):
    source, target = tmp_path / "source", tmp_path / "target"
    source.write_bytes(os.urandom(20 * 1024 * 1024 + 7))
    up, down = [], []
    location.upload(source, "run/file", up.append)
    location.download("run/file", target, down.append)
    assert target.read_bytes() == source.read_bytes()
    assert sum(up) == sum(down) == source.stat().st_size
    assert len(up) > 1


def test_a_file_is_replaced_only_if_it_is_the_version_that_it_is_thought_to_be(location):
    first = location.replace("run/a", b"1", None)
    with pytest.raises(Conflict):
        location.replace("run/a", b"2", None)
    second = location.replace("run/a", b"2", first)
    for version in (first, '"another"'):
        with pytest.raises(Conflict):
            location.replace("run/a", b"3", version)
    assert location.versioned("run/a") == (b"2", second)
    assert 0 <= location.age("run/a") < 60
    location.delete("run/a")
    with pytest.raises(Conflict):
        location.replace("run/a", b"3", second)
    with pytest.raises(FileNotFoundError):
        location.versioned("run/a")


def test_entries_are_those_below_a_folder(location):
    for key in ("run/a", "run/b/c", "run-2/d"):
        location.write(key, key.encode())
    assert [(e.key, e.size) for e in location.entries("run")] == [("run/a", 5), ("run/b/c", 7)]
    assert [e.key for e in location.entries()] == ["run-2/d", "run/a", "run/b/c"]
    location.delete("run/a")
    assert [e.key for e in location.entries("run")] == ["run/b/c"]


@pytest.mark.parametrize("key", BAD_KEYS)
def test_a_key_that_is_none_is_refused(location, key, tmp_path):
    for use in (
        lambda: location.read(key),
        lambda: location.write(key, b""),
        lambda: location.size(key),
        lambda: location.delete(key),
        lambda: location.upload(Path(__file__), key),
        lambda: location.download(key, tmp_path / "x"),
    ):
        with pytest.raises(StoreError, match="key"):
            use()


def test_readers_of_a_folder_see_one_writer_or_the_other(tmp_path):
    location = open_location(StoreSettings(str(tmp_path)))
    contents = {bytes([n]) * 100_000 for n in range(4)}
    location.write("f", min(contents))
    stop = threading.Event()

    def write(content):
        while not stop.is_set():
            location.write("f", content)

    writers = [threading.Thread(target=write, args=(content,)) for content in contents]
    for writer in writers:
        writer.start()
    try:
        assert all(location.read("f") in contents for _ in range(200))
    finally:
        stop.set()
        for writer in writers:
            writer.join()
    assert [entry.key for entry in location.entries()] == ["f"]


@pytest.mark.parametrize("place", ["folder/file", "file"])
def test_links_in_a_folder_are_not_followed(tmp_path, place):
    secret = tmp_path / "secret" / "file"
    secret.parent.mkdir()
    secret.write_text("not for you")
    store = tmp_path / "store"
    store.mkdir()
    (store / "folder").symlink_to(secret.parent)
    (store / "file").symlink_to(secret)
    location = open_location(StoreSettings(str(store)))
    with pytest.raises(StoreError, match="link"):
        location.read(place)
    assert list(location.entries()) == []
    if place == "folder/file":
        with pytest.raises(StoreError, match="link"):
            location.write(place, b"")
    assert secret.read_text() == "not for you"


def test_what_the_file_system_refuses_is_said(tmp_path):
    (tmp_path / "file").write_text("")
    location = open_location(StoreSettings(str(tmp_path)))
    with pytest.raises(StoreError, match="a file where a folder is needed"):
        location.write("file/inside", b"")
    with pytest.raises(StoreError, match="cannot be used"):
        location.write("n" * 300, b"")


def test_settings_travel_as_text_without_credentials():
    settings = StoreSettings("s3://bucket/pre", "http://host:9000", "eu-west-1", "key", "hidden")
    assert "hidden" not in settings.encode() + repr(settings)
    assert StoreSettings.decode(settings.encode()) == StoreSettings("s3://bucket/pre", "http://host:9000", "eu-west-1")


@pytest.mark.parametrize("text", ["", "[]", "{}", "null", '{"url": 1}', '{"url": "x", "more": "y"}'])
def test_settings_that_are_none_are_refused(text):
    with pytest.raises(StoreError, match="RUNNABLE_STORE"):
        StoreSettings.decode(text)


def test_a_relative_folder_is_refused():
    with pytest.raises(StoreError, match="absolute"):
        open_location(StoreSettings("relative"))


@pytest.mark.s3
def test_a_bucket_that_is_not_there_is_said():
    location = open_location(StoreSettings(f"s3://no-{uuid.uuid4().hex}", os.environ.get("AWS_ENDPOINT_URL", "")))
    for use in (lambda: location.read("x"), lambda: location.size("x"), lambda: location.write("x", b"")):
        with pytest.raises(StoreError, match="bucket does not exist"):
            use()


@pytest.mark.s3
def test_credentials_that_are_wrong_are_said():
    settings = StoreSettings(new_prefix(), os.environ.get("AWS_ENDPOINT_URL", ""), key="nobody", secret="wrong")
    with pytest.raises(StoreError, match="cannot be used"):
        open_location(settings).read("x")


def test_a_server_that_does_not_answer_is_said(monkeypatch):
    pytest.importorskip("s3fs")
    monkeypatch.setattr("runnable_runtime.stores.s3._ATTEMPTS", 1)
    location = open_location(StoreSettings("s3://bucket", "http://127.0.0.1:1", key="k", secret="s"))
    with pytest.raises(StoreError, match=r"s3://bucket at http://127.0.0.1:1 cannot be used: Could not connect"):
        location.read("x")


def test_locations_of_one_server_share_its_client_and_not_with_other_credentials(monkeypatch):
    """Every attempt at a step has locations of its own, and a client takes half a second of CPU."""
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setattr(s3, "_clients", {})
    opened = []
    monkeypatch.setattr(s3, "_open", lambda endpoint, **options: opened.append((endpoint, options)) or object())
    places = {"endpoint": "http://127.0.0.1:9"}
    one = s3.S3Location("b/x", **places)._fs
    assert s3.S3Location("c/y", **places)._fs is one
    assert s3.S3Location("b/x", key="k", secret="s", **places)._fs is not one
    assert s3.S3Location("b/x", endpoint="http://127.0.0.1:10")._fs is not one
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "another")
    assert s3.S3Location("b/x", **places)._fs is not one
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "mine")
    monkeypatch.setattr(os, "getpid", lambda: -1)  # as in a process that was forked
    assert s3.S3Location("b/x", **places)._fs is not one
    assert len(opened) == 5


@pytest.mark.parametrize("size", [0, 1, s3._PART - 7, s3._PART, s3._PART + 1, 3 * s3._PART])
def test_what_is_written_piece_by_piece_is_whole_whether_it_is_in_memory_or_in_a_file(location, size):
    content = os.urandom(size)
    with location.writer("run/pieces") as stream:
        for start in range(0, size, 1_000_003):
            assert stream.write(content[start : start + 1_000_003]) == len(content[start : start + 1_000_003])
    assert location.read("run/pieces") == content
