"""`runnable ui` in Chromium: the list, and pages that follow their runs."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runnable.runs.stores.file_system import FileSystemStore
from runnable.ui.pages import Pages
from runnable.ui.server import Server
from runnable_runtime.records.records import RunRecord, Status, StepRecord
from tests.support.synthetic import at, hostile, run, step, wide

pytestmark = pytest.mark.browser


class Site:
    """Records, the server that shows them, and a page of the browser with all that went wrong in it."""

    def __init__(self, folder: Path, page: Any) -> None:
        self.store, self.page = FileSystemStore(folder), page
        self.server = Server(Pages(self.store, root=folder))
        self.events: list[str] = []
        page.on("console", lambda message: self.events.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.events.append(f"error: {error}"))
        page.on("request", lambda one: self.events.append(one.url) if self.server.address not in one.url else None)

    def write(self, record: RunRecord) -> None:
        writer = self.store.create(replace(record, status=Status.RUNNING, ended=None))
        writer.write_run(record)
        writer.close()

    def open(self, inner: str = "", ready: str = "html[data-ready]") -> Any:
        self.page.goto(self.server.address + inner)
        self.page.wait_for_selector(ready)
        return self.page


@pytest.fixture(params=[{}])
def site(chromium: Any, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Site]:
    context = chromium.new_context(**request.param)
    context.set_default_timeout(15_000)
    one = Site(tmp_path, context.new_page())
    thread = threading.Thread(target=one.server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    yield one
    context.close()
    one.server.shutdown()
    one.server.server_close()
    thread.join()
    assert one.events == []


def begun(record: RunRecord) -> RunRecord:
    """The run before its first step."""
    steps = {p: StepRecord(path=p, kind=s.kind, place=s.place) for p, s in record.steps.items() if "." not in p}
    return replace(record, steps=steps, status=Status.RUNNING, ended=None)


def some(site: Site) -> None:
    for number in range(12):
        status = Status.FAILED if number % 4 == 1 else Status.SUCCEEDED
        record = run(step("a", (0,), 0, number), run_id=f"run-{number:02}", tag="nightly" if number % 2 else "")
        site.write(replace(record, started=at(number * 100), ended=at(number * 100 + number), status=status))


def names(page: Any) -> list[str]:
    return [str(one) for one in page.locator("#rows th").all_inner_texts()]


def test_runs_are_searched_ordered_and_filtered(site: Site) -> None:
    some(site)
    page = site.open()
    page.wait_for_selector("#found:text-is('12 runs')")
    assert names(page)[:2] == ["run-11", "run-10"]
    page.keyboard.press("/")
    page.keyboard.type("tag:nightly took>6s")
    page.wait_for_selector("#found:text-is('3 of 12 runs')")
    assert page.url.endswith("#tag%3Anightly%20took%3E6s")
    page.reload()
    page.wait_for_selector("#found:text-is('3 of 12 runs')")
    page.fill("#find", "")
    page.click("#statuses button:has-text('failed')")
    assert names(page) == ["run-09", "run-05", "run-01"]
    page.click("#statuses button:has-text('failed')")
    page.click("button:text-is('Took')")
    assert names(page)[0] == "run-11"
    page.click("button:text-is('Took')")
    assert names(page)[0] == "run-00"
    assert page.locator("th:has(button:text-is('Took'))").get_attribute("aria-sort") == "ascending"


def test_two_runs_are_compared_and_the_way_back_is_a_link(site: Site) -> None:
    some(site)
    page = site.open()
    page.check("[data-run=run-03]")
    assert page.locator("#compare").is_disabled()
    page.check("[data-run=run-01]")
    page.click("#compare")
    page.wait_for_selector("html[data-ready] h2:text-is('Changes')")
    assert page.url.endswith("run/run-03/?with=run-01")
    assert "run-01 took 1.00 s and failed" in page.locator("#changes ~ p").inner_text()
    page.click("nav a:has-text('All runs')")
    page.wait_for_selector("#rows tr")
    page.click("a:text-is('run-05')")
    page.wait_for_selector("h1:has-text('orders')")


def test_a_page_follows_its_run_and_keeps_what_was_opened(site: Site) -> None:
    record = wide(4, {2: "ValueError: no price"})
    writer = site.store.create(begun(record))
    page = site.open("run/calm-fjord/")
    assert page.locator("header .badge").inner_text().endswith("running")
    first, *rest = record.steps.values()
    for one in (first, *rest[:5]):  # the first item
        writer.write_step(one)
    page.wait_for_selector("#row0 .st.succeeded")
    page.click("#row0")
    page.wait_for_selector("#panel h3:text-is('list')")
    assert "shops" in page.locator("#panel").inner_text()
    page.wait_for_selector(".graph details")
    page.click("button[data-do=close]")
    for one in rest[5:]:
        writer.write_step(one)
    page.wait_for_selector("#found:text-is('18 steps')")
    page.wait_for_selector("article pre.message:text-is('ValueError: no price')")
    assert page.locator("#panel h3").inner_text() == "list"
    assert not page.locator(".graph details").first.evaluate("one => one.open")
    writer.write_run(record)
    writer.close()
    page.wait_for_selector("header .badge:has-text('failed')")
    assert page.title().startswith("✗ orders failed")
    page.click("article a:text-is('each.2.fit')")
    page.wait_for_selector("#panel h3:text-is('each.2.fit')")
    assert "ValueError: no price" in page.locator("#panel").inner_text()


def test_a_change_of_ten_thousand_steps_is_shown_and_the_search_stays(site: Site) -> None:
    record = wide(2500)
    steps = dict(record.steps)
    late = steps["each.9.fit"]
    steps["each.9.fit"] = StepRecord(path=late.path, kind=late.kind, place=late.place)
    writer = site.store.create(replace(record, steps=steps, status=Status.RUNNING, ended=None))
    page = site.open("run/calm-fjord/")
    page.fill("#find", "status:created")
    page.wait_for_selector("#found:text-is('1 of 10002 steps')")
    began = time.monotonic()
    writer.write_step(late)
    page.wait_for_selector("#found:text-is('0 of 10002 steps')")
    assert time.monotonic() - began < 6  # 0.8 s on a machine with nothing else to do
    writer.close()


def test_a_run_that_begins_appears_in_the_list(site: Site) -> None:
    some(site)
    page = site.open()
    page.wait_for_selector("#found:text-is('12 runs')")
    page.check("[data-run=run-03]")
    site.store.create(begun(replace(run(step("a", (0,), 0, 1), run_id="new"), started=at(9999)))).close()
    page.wait_for_selector("a:text-is('new')")
    assert page.is_checked("[data-run=run-03]")


def test_a_server_that_has_ended_is_said(site: Site) -> None:
    site.write(wide(2))
    page = site.open("run/calm-fjord/")
    page.route("**/columns*", lambda route: route.abort())
    page.wait_for_selector("#live:has-text('has ended')")
    site.events.clear()  # the browser reports the request that failed


def test_a_hostile_record_does_nothing(site: Site) -> None:
    site.write(replace(hostile(), run_id="r"))
    page = site.open()
    page.wait_for_selector("#rows tr")
    site.open("run/r/")
    page.click("button[data-do=open]")
    for number in range(5):
        page.evaluate(f"location.hash = 's{number}'")
        page.wait_for_selector(f"#row{number}[aria-selected=true]")
    page.wait_for_timeout(100)
    assert page.evaluate("window.hacked") is None
    assert page.locator("main script, main img, iframe, object, form").count() == 0


@pytest.mark.parametrize("site", [{"color_scheme": "light"}, {"color_scheme": "dark"}], indirect=True)
def test_no_rule_of_accessibility_is_broken(site: Site) -> None:
    Axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is missing").Axe
    some(site)
    for inner, ready in (
        ("", "#rows tr"),
        ("run/run-01/", "html[data-ready]"),
        ("run/run-01/?with=run-02", "#changes"),
    ):
        page = site.open(inner, ready)
        found = Axe().run(page).response["violations"]
        assert [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found] == []
