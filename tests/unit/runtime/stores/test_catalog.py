"""Files go to the catalog of a run and come from it; nothing outside of the working folder is read or written."""

import hashlib
import os

import pytest

from runnable_runtime.failures import StorageFailed
from runnable_runtime.stores.catalog import RunCatalog
from runnable_runtime.stores.settings import StoreSettings
from runnable_runtime.stores.storage import Storage
from tests.support.s3 import new_prefix


@pytest.fixture(params=["folder", pytest.param("s3", marks=pytest.mark.s3)])
def store(request, tmp_path):
    if request.param == "folder":
        return StoreSettings(str(tmp_path / "store"))
    return StoreSettings(new_prefix(), os.environ.get("AWS_ENDPOINT_URL", ""))


@pytest.fixture
def step(store, tmp_path):
    """A catalog as a step has it, in a working folder of a name."""

    def make(place="work", run_id="run", **options):
        base = tmp_path / place
        base.mkdir(exist_ok=True)
        return RunCatalog(Storage(store, run_id, "the step", **options), base, base)

    return make


def write(catalog, **files):
    for name, content in files.items():
        path = catalog.base / name.replace("__", "/").replace("_csv", ".csv")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)


def here(catalog):
    return {p.relative_to(catalog.base).as_posix(): p.read_text() for p in catalog.base.rglob("*") if p.is_file()}


def test_what_a_step_puts_a_later_one_gets(step):
    first, second = step("first"), step("second")
    write(first, a_csv="A", b_csv="B", data__deep__c_csv="C", notes="N")
    first.put(["*.csv", "data"], copy=True, complete=True)
    second.get(["a.csv", "data/**/*.csv"])
    assert here(second) == {"a.csv": "A", "data/deep/c.csv": "C"}
    told = {"path": "a.csv", "stage": "get", "sha256": hashlib.sha256(b"A").hexdigest(), "size": 1}
    assert second.files[0] == told
    assert [file["path"] for file in first.files] == ["a.csv", "b.csv", "data/deep/c.csv"]
    assert first.files[0] == {**told, "stage": "put"}


def test_the_last_put_of_a_path_is_what_is_got(step):
    one, other = step("one"), step("other")
    write(one, a_csv="old")
    one.put(["a.csv"], copy=True, complete=True)
    write(one, a_csv="new")
    one.put(["a.csv"], copy=True, complete=True)
    write(other, a_csv="local")
    other.get(["a.csv"])
    assert here(other) == {"a.csv": "new"}


def test_runs_do_not_see_each_others_files(step):
    one = step(run_id="one")
    write(one, a_csv="A")
    one.put(["a.csv"], copy=True, complete=True)
    with pytest.raises(StorageFailed, match=r"nothing in the catalog of this run matches it; there is nothing"):
        step(run_id="two").get(["a.csv"])


def test_a_missing_file_is_told_with_the_pattern_and_what_is_there(step):
    first = step()
    write(first, report_csv="1", data__x_csv="2")
    with pytest.raises(
        StorageFailed, match=r"cannot put 'raport.csv': nothing in the working folder .* there is report"
    ):
        first.put(["raport.csv"], copy=True, complete=True)
    with pytest.raises(StorageFailed, match=r"cannot put 'data/\*.txt': .*there is data/x.csv"):
        first.put(["data/*.txt"], copy=True, complete=True)
    first.put(["*.csv"], copy=True, complete=True)
    with pytest.raises(StorageFailed, match=r"cannot get 'raport.csv': nothing in the catalog .* there is report.csv$"):
        step("second").get(["raport.csv"])


def test_an_empty_folder_is_nothing_to_put(step):
    (step().base / "empty").mkdir()
    with pytest.raises(StorageFailed, match="cannot put 'empty'"):
        step().put(["empty"], copy=True, complete=True)


def test_a_step_that_has_failed_puts_what_is_there(step):
    first = step()
    write(first, a_csv="A")
    first.put(["a.csv", "b.csv"], copy=True, complete=False)
    second = step("second")
    second.get(["*"])
    assert here(second) == {"a.csv": "A"}


def test_without_a_copy_a_file_is_got_where_it_is_and_unchanged(step):
    first = step()
    write(first, big_csv="B")
    first.put(["big.csv"], copy=False, complete=True)
    assert first.files[0]["stored"] is False
    second = step()
    second.get(["big.csv"])
    assert second.files == [{**first.files[0], "stage": "get"}]
    second.get(["*.csv"])
    with pytest.raises(
        StorageFailed, match=r"is not in .*elsewhere, and there is no copy of it: step 'the step' put it"
    ):
        step("elsewhere").get(["big.csv"])
    write(first, big_csv="changed")
    with pytest.raises(StorageFailed, match="it has changed since"):
        step().get(["big.csv"])


def test_a_copy_and_no_copy_of_one_path_replace_each_other(step):
    first, second = step("first"), step("second")
    write(first, a_csv="one")
    first.put(["a.csv"], copy=True, complete=True)
    write(first, a_csv="two")
    first.put(["a.csv"], copy=False, complete=True)
    with pytest.raises(StorageFailed, match="there is no copy of it"):
        second.get(["a.csv"])
    step("first").put(["a.csv"], copy=True, complete=True)
    second.get(["*.csv"])
    assert here(second) == {"a.csv": "two"}


def test_paths_are_below_the_data_folder(step):
    first, second = step("first", folder="out"), step("second", folder="out")
    write(first, out__a_csv="A", b_csv="B")
    first.put(["*.csv"], copy=True, complete=True)
    second.get(["a.csv"])
    assert here(second) == {"out/a.csv": "A"}


def test_the_store_itself_is_not_put(tmp_path):
    catalog = RunCatalog(Storage(StoreSettings(str(tmp_path / ".catalog")), "run", "s"), tmp_path, tmp_path)
    (tmp_path / "a").write_text("A")
    catalog.put(["**/*"], copy=True, complete=True)
    catalog.put(["**/*"], copy=True, complete=True)
    assert [file["path"] for file in catalog.files] == ["a", "a"]


# --- nothing leaves the working folder ---


@pytest.fixture
def secret(tmp_path):
    path = tmp_path / "outside" / "secret"
    path.parent.mkdir()
    path.write_text("not for you")
    return path


@pytest.mark.parametrize("pattern", ["link", "*", "**/*", "folder", "folder/secret", "folder/*", "folder/"])
def test_a_link_that_leads_out_is_not_put(step, secret, pattern):
    catalog = step()
    (catalog.base / "link").symlink_to(secret)
    (catalog.base / "folder").symlink_to(secret.parent)
    with pytest.raises(StorageFailed, match="link that leads out"):
        catalog.put([pattern], copy=True, complete=True)
    assert catalog.files == []


def test_links_that_stay_inside_are_followed_once(step):
    first, second = step("first"), step("second")
    write(first, data__a_csv="A")
    (first.base / "again").symlink_to(first.base / "data")
    (first.base / "data" / "round").symlink_to(first.base)
    (first.base / "alias.csv").symlink_to("data/a.csv")
    first.put(["again", "alias.csv"], copy=True, complete=True)
    second.get(["again", "alias.csv"])
    assert here(second) == {"again/a.csv": "A", "alias.csv": "A", "again/round/alias.csv": "A"}


def test_a_file_is_not_brought_through_a_link_that_leads_out(step, secret):
    first, second = step("first"), step("second")
    write(first, folder__deep__secret="overwritten", link="replaced")
    first.put(["folder", "link"], copy=True, complete=True)
    (second.base / "folder").symlink_to(secret.parent)
    (second.base / "link").symlink_to(secret)
    with pytest.raises(StorageFailed, match="outside of the working folder"):
        second.get(["folder"])
    second.get(["link"])  # the link is replaced, not what it leads to
    assert not (second.base / "link").is_symlink()
    assert secret.read_text() == "not for you"
    assert os.listdir(secret.parent) == ["secret"]


@pytest.mark.parametrize("pattern", ["../outside/secret", "/etc/passwd", "a/../../x", ".runnable/objects", "."])
def test_patterns_that_lead_out_are_refused_here_too(step, pattern):
    for move in (lambda: step().get([pattern]), lambda: step().put([pattern], copy=True, complete=True)):
        with pytest.raises(StorageFailed, match="a pattern of the catalog"):
            move()


def test_a_folder_of_a_store_that_someone_else_has_written_is_not_trusted(tmp_path, secret):
    store = tmp_path / "store"
    (store / "run" / "data").mkdir(parents=True)
    (store / "run" / "data" / "evil").symlink_to(secret)
    (store / "run" / "linked").symlink_to(secret.parent)
    (store / "run" / "back\\slash").write_text("x")
    (store / "run" / ".runnable" / "no-copy").mkdir(parents=True)
    (store / "run" / ".runnable" / "no-copy" / "odd.csv").write_text('["no mapping"]')
    base = tmp_path / "work"
    base.mkdir()
    catalog = RunCatalog(Storage(StoreSettings(str(store)), "run", "s"), base, base)
    for pattern in ("data/evil", "linked/secret", "data", "*", "**/*", "odd.csv"):
        with pytest.raises(StorageFailed):
            catalog.get([pattern])
    assert os.listdir(base) == []


def test_what_cannot_be_read_is_said(step, monkeypatch):
    catalog = step()
    write(catalog, a_csv="A")
    os.mkfifo(catalog.base / "pipe")
    with pytest.raises(StorageFailed, match="'pipe' is not a file"):
        catalog.put(["pipe"], copy=True, complete=True)
    os.symlink("nowhere", catalog.base / "broken")
    with pytest.raises(StorageFailed, match="'broken' is not a file"):
        catalog.put(["broken"], copy=True, complete=True)


def test_a_view_of_the_project_is_opened_up_where_a_file_is_brought(store, tmp_path):
    """In a pod the working folder has links to the project's, which cannot be written to."""
    project, view = tmp_path / "app", tmp_path / "view"
    (project / "data" / "deep").mkdir(parents=True)
    (project / "data" / "given.csv").write_text("of the image")
    view.mkdir()
    (view / "data").symlink_to(project / "data")
    catalog = RunCatalog(Storage(store, "run", "s"), view, project)
    catalog.put(["data/given.csv"], copy=True, complete=True)
    other = RunCatalog(Storage(store, "run", "s"), tmp_path / "app2", tmp_path / "app2")
    (tmp_path / "app2" / "data" / "deep").mkdir(parents=True)
    (tmp_path / "app2" / "data" / "deep" / "new.csv").write_text("new")
    other.put(["data/deep/new.csv"], copy=True, complete=True)
    catalog.get(["data/deep/new.csv"])
    assert (view / "data" / "deep" / "new.csv").read_text() == "new"
    assert (view / "data" / "given.csv").read_text() == "of the image"
    assert not (project / "data" / "deep" / "new.csv").exists()


def test_a_file_whose_name_has_brackets_is_meant_by_its_name(step):
    first, second = step("first"), step("second")
    (first.base / "sample-[a].csv").write_text("brackets")
    (first.base / "sample-a.csv").write_text("pattern")
    first.put(["sample-[a].csv"], copy=True, complete=True)
    second.get(["sample-[a].csv"])
    assert here(second) == {"sample-[a].csv": "brackets"}


def test_brackets_are_a_pattern_where_no_file_has_that_name(step):
    first, second = step("first"), step("second")
    for name in ("sample-a.csv", "sample-b.csv", "sample-c.csv"):
        (first.base / name).write_text(name)
    first.put(["sample-[ab].csv"], copy=True, complete=True)
    second.get(["sample-[abc].csv"])
    assert here(second) == {name: name for name in ("sample-a.csv", "sample-b.csv")}


def test_a_program_is_still_one_when_it_comes_back_and_no_more_when_it_was_none(step):
    first, second, third = step("first"), step("second"), step("third")
    write(first, tool="#!/bin/sh", text="no program")
    (first.base / "tool").chmod(0o755)
    first.put(["tool", "text"], copy=True, complete=True)
    second.get(["tool", "text"])
    assert os.access(second.base / "tool", os.X_OK)
    assert (second.base / "text").stat().st_mode & 0o111 == 0
    (second.base / "tool").chmod(0o644)
    second.put(["tool"], copy=True, complete=True)
    third.get(["tool"])
    assert (third.base / "tool").stat().st_mode & 0o111 == 0
