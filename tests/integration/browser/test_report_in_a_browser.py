"""Reports in Chromium: what scripts add, that they ask for nothing, and that a hostile record does nothing."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from runnable.report.attachments import Logs
from runnable.report.writing import Wanted, report
from runnable_runtime.records.records import Kind, RunRecord, Status
from tests.support.synthetic import HOSTILE, hostile, run, step, wide

pytestmark = pytest.mark.browser

FAILING = {7: "ValueError: no price", 12: "ValueError: no pears"}


class Tab:
    """A page of the browser, and all that it has asked for, printed or thrown."""

    def __init__(self, page: Any) -> None:
        self.page = page
        self.events: list[str] = []
        page.on("console", lambda message: self.events.append(f"console: {message.text}"))
        page.on("pageerror", lambda error: self.events.append(f"error: {error}"))
        page.on("dialog", lambda dialog: (self.events.append("dialog"), dialog.dismiss()))
        page.on("request", lambda request: self.events.append(request.url))
        page.on("requestfailed", lambda request: self.events.append(f"{request.failure} {request.url}"))

    def requests(self) -> list[str]:
        return [one for one in self.events if not one.startswith("file:")]

    def rows(self) -> list[str]:
        return [text.strip() for text in self.page.locator("#grid .entry[aria-rowindex]").all_inner_texts()[1:]]

    def chosen(self) -> str:
        return str(self.page.locator("#panel h3").inner_text())

    def found(self) -> str:
        return str(self.page.locator("#found").inner_text())


Open = Callable[..., Tab]


@pytest.fixture
def tab(chromium: Any, tmp_path: Path) -> Iterator[Open]:
    """`tab(record)` opens its report; with `fragment` at a step, other options are those of playwright's contexts."""
    contexts = []

    def show(record: RunRecord, *, fragment: str = "", other: RunRecord | None = None, **options: Any) -> Tab:
        file = tmp_path / "report.html"
        text = " ".join(HOSTILE).encode("utf-8", "replace")
        file.write_text(report(record, lambda name: io.BytesIO(text), Wanted(logs=Logs.ALL), other=other))
        context = chromium.new_context(**options)
        context.set_default_timeout(10_000)
        contexts.append(context)
        one = Tab(context.new_page())
        one.page.goto(file.as_uri() + fragment)
        if options.get("java_script_enabled", True):
            one.page.wait_for_selector("html[data-ready]")
        return one

    yield show
    for context in contexts:
        context.close()


def test_it_is_ready_and_has_asked_for_nothing_and_said_nothing(tab: Open) -> None:
    one = tab(wide(20, FAILING))
    assert one.page.title().startswith("✗ orders failed")
    assert one.page.locator("#grid .entry").count() > 3
    assert one.requests() == []


def test_steps_are_searched(tab: Open) -> None:
    page = tab(wide(20, {7: "E", 12: "E"})).page
    for query, count in {
        "status:failed": 5,  # the Map, two items, and a task of each
        "kind:shell": 20,
        "kind:shell each.3": 1,
        "FIT": 20,
        "took>1s": 1,
        "took<300ms kind:python": 20,
        "no such step": 0,
    }.items():
        page.fill("#find", query)
        page.wait_for_selector(f"#found:text-is('{count} of 82 steps')")


def test_steps_are_ordered_and_filtered_by_buttons(tab: Open) -> None:
    one = tab(wide(20, FAILING))
    one.page.select_option("#by", "took")
    assert one.rows()[0].startswith("list")
    one.page.select_option("#by", "")
    one.page.click("button[data-only=failed]")
    assert one.page.locator("button[data-only=failed]").get_attribute("aria-pressed") == "true"
    assert one.found() == "5 of 82 steps"
    one.page.click("button[data-only=failed]")
    one.page.click("button[data-only=critical]")
    assert one.found() == "6 of 82 steps"


def test_everything_is_done_by_the_keyboard(tab: Open) -> None:
    page = (one := tab(wide(20, FAILING))).page
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find"
    page.keyboard.type("fit")
    page.wait_for_selector("#found:has-text('20 of')")
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.id") == "grid"
    page.keyboard.press("Home")
    page.wait_for_selector("#panel h3:text-is('list')")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#panel h3:text-is('each')")
    shut = len(one.rows())
    page.keyboard.press("ArrowLeft")
    assert len(one.rows()) == 2 < shut
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.wait_for_selector("#panel h3:text-is('each.0')")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    page.wait_for_selector("#panel h3:text-is('each.0.clean')")
    assert page.locator("#grid").get_attribute("aria-activedescendant") == "row3"
    assert page.locator("#row3").get_attribute("aria-selected") == "true"
    page.keyboard.press("ArrowLeft")
    page.wait_for_selector("#panel h3:text-is('each.0')")
    page.keyboard.press("End")
    page.wait_for_selector("#panel h3:text-is('each.19')")
    before = page.locator(".tick").first.evaluate("one => one.textContent + one.style.left")
    page.keyboard.press("+")
    assert page.locator(".tick").first.evaluate("one => one.textContent + one.style.left") != before
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "panel"
    assert one.requests() == []


def test_the_panel_has_what_a_step_took_returned_and_printed(tab: Open) -> None:
    page = tab(wide(20, FAILING), fragment="#step=each.7.fit").page
    page.wait_for_selector("#panel h3:text-is('each.7.fit')")
    said = page.locator("#panel").inner_text()
    assert "ValueError: no price" in said
    assert "Traceback" in said
    assert "shop\t7" in said
    page.click("#failures ~ article a:text-is('each.12.fit')")
    page.wait_for_selector("#panel h3:text-is('each.12.fit')")
    assert page.url.endswith("#step=each.12.fit")


def test_boxes_of_the_graph_open_and_close_and_a_cell_is_its_item(tab: Open) -> None:
    page = tab(wide(40, FAILING)).page
    page.click("button[data-do=close]")
    assert not page.locator(".graph a.box:has-text('fit')").first.is_visible()
    page.click("button[data-do=open]")
    assert page.locator(".graph a.box:has-text('fit')").first.is_visible()
    page.click(".strip", position={"x": 35, "y": 5})
    page.wait_for_selector("#panel h3:text-is('each.3')")
    page.click("button[data-do=in]")
    assert float(page.locator(".drawn").evaluate("one => one.style.zoom")) > 1


def test_what_was_not_drawn_is_drawn_when_it_is_opened(tab: Open) -> None:
    branches = [step(f"p.b{n}", (0, n), 0, 9, Kind.PIPELINE) for n in range(12)]
    tasks = [step(f"p.b{n}.t{m}", (0, n, m), m / 10, m / 10 + 0.1) for n in range(12) for m in range(40)]
    page = tab(run(step("p", (0,), 0, 9, Kind.PARALLEL), *branches, *tasks)).page
    page.click("button[data-do=open]")
    last = page.locator(".graph details[data-i] > summary:has-text('b11')").first
    if not last.evaluate("one => one.parentNode.open"):
        last.click()
    assert page.locator(".graph a.box:has-text('t0')").last.is_visible()


def test_ten_thousand_steps_are_some_rows_at_a_time(tab: Open) -> None:
    one = tab(wide(2500, {1200: "E"}))
    one.page.fill("#find", "status:failed")
    one.page.wait_for_selector("#found:text-is('3 of 10002 steps')")
    one.page.fill("#find", "score")
    one.page.wait_for_selector("#found:has-text('2500 of')")
    assert one.page.locator("#grid .entry").count() < 60
    assert one.page.locator("*").count() < 5000


def test_a_comparison_has_the_other_times_beside_its_own(tab: Open) -> None:
    before = wide(3)
    slower = replace(
        before.steps["list"], attempts=(replace(before.steps["list"].attempts[0], ended="2026-01-31T12:00:09+00:00"),)
    )
    page = tab(replace(before, steps={**before.steps, "list": slower}), other=replace(before, run_id="old")).page
    assert "1.00 s ▲" in page.locator("#row0").inner_text()
    assert page.locator("#row0 .was").count() == 1
    assert "list" in page.locator("#changes ~ .wide").last.inner_text()


def test_without_scripts_all_that_matters_is_there(tab: Open) -> None:
    page = tab(wide(20, FAILING), java_script_enabled=False).page
    assert page.locator("table.steps").is_visible()
    assert page.locator("article pre.message").first.inner_text() == "ValueError: no price"
    assert page.locator(".strip").is_visible()
    assert not page.locator("#find").is_visible()
    assert not page.locator("button").first.is_visible()


@pytest.mark.parametrize(
    "header",
    [
        "sandbox; base-uri 'none'; default-src 'none'; img-src 'self'; style-src 'self' 'unsafe-inline'",  # Argo's
        "sandbox allow-same-origin; default-src 'none'; img-src 'self'; style-src 'self' 'unsafe-inline';",  # Jenkins's
    ],
)
def test_under_the_policies_of_argo_and_jenkins_it_is_read(header: str, chromium: Any) -> None:
    text = report(wide(20, FAILING), lambda name: None)
    page = chromium.new_page()
    headers = {"content-security-policy": header, "content-type": "text/html"}
    page.route("**/*", lambda route: route.fulfill(body=text, headers=headers))
    page.goto("http://artifacts.test/report.html")
    assert page.locator("table.steps").is_visible()
    assert page.locator("article pre.message").first.is_visible()
    assert page.locator("h1").evaluate("one => getComputedStyle(one).fontSize") == "24px"
    page.close()


def test_no_other_script_style_or_picture_gets_in(tab: Open) -> None:
    one = tab(wide(2))
    one.page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.hacked = 1";
        document.body.append(script);
        const image = document.createElement("img");
        image.src = "http://127.0.0.1:9/x.png";
        document.body.append(image);
        document.body.insertAdjacentHTML("beforeend", "<b style='color: red' onclick='window.hacked = 1' id=b>b</b>");
        document.getElementById("b").click();
    }""")
    one.page.wait_for_timeout(50)
    assert one.page.evaluate("window.hacked") is None
    assert one.page.locator("#b").evaluate("one => getComputedStyle(one).color") != "rgb(255, 0, 0)"
    assert "csp http://127.0.0.1:9/x.png" in one.events


def test_a_hostile_record_does_nothing(tab: Open) -> None:
    one = tab(hostile())
    page = one.page
    page.click("button[data-do=open]")
    for at in range(5):
        page.evaluate(f"location.hash = 's{at}'")
        page.wait_for_selector(f"#row{at}[aria-selected=true]")
    page.wait_for_timeout(50)
    page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
    assert page.evaluate("window.hacked") is None
    assert page.locator("main script, main img, main svg[onload], iframe, object, form").count() == 0
    assert page.locator("#steps").is_visible()
    assert one.requests() == []
    assert "\x1b" not in page.content()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_rule_of_accessibility_is_broken(scheme: str, tab: Open) -> None:
    Axe = pytest.importorskip("axe_playwright_python.sync_playwright", reason="axe-playwright-python is missing").Axe
    page = tab(wide(20, FAILING), fragment="#step=each.7.fit", color_scheme=scheme).page
    page.wait_for_selector("#panel h3")
    found = Axe().run(page).response["violations"]
    assert [(one["id"], [node["html"][:120] for node in one["nodes"]][:3]) for one in found] == []


def test_without_colours_each_status_is_a_mark_and_a_word_and_cells_have_shapes(tab: Open, tmp_path: Path) -> None:
    ended = (Status.SUCCEEDED, Status.FAILED, Status.INTERRUPTED, Status.SKIPPED, Status.CREATED)
    items = [step(f"each.{n}", (0, n), n, n + 1, status=ended[n % 5]) for n in range(20)]
    page = tab(run(step("each", (0,), 0, 20, Kind.MAP, Status.FAILED), *items, status=Status.FAILED)).page
    client = page.context.new_cdp_session(page)
    client.send("Emulation.setEmulatedVisionDeficiency", {"type": "achromatopsia"})
    page.fill("#find", "each.")
    page.wait_for_selector("#found:text-is('20 of 21 steps')")
    shown = {(one[0], one[1:].strip()) for one in page.locator("#grid .entry .st").all_inner_texts()}
    assert {mark for mark, _ in shown} == {"✓", "✗", "■", "\N{EN DASH}", "○"}
    assert {word for _, word in shown} == {str(status) for status in ended}
    drawn = page.locator(".strip path").evaluate_all("all => all.map((one) => one.getAttribute('d'))")
    assert (
        len({one.split("M")[1].lstrip("0123456789 ") for one in drawn}) == 4
    )  # skipped and created ones are both small
    page.locator(".strip").scroll_into_view_if_needed()
    grey = page.locator(".strip").screenshot(path=tmp_path / "grey.png")
    assert len(grey) > 200


def test_printing_gives_the_table(tab: Open) -> None:
    page = tab(wide(20, FAILING)).page
    page.emulate_media(media="print")
    assert page.locator("table.steps").is_visible()
    assert not page.locator("#grid").is_visible()
    assert not page.locator("nav").is_visible()


def test_times_are_shown_in_the_readers_zone_too(tab: Open) -> None:
    page = tab(run(step("a", (0,), 0, 1)), timezone_id="Asia/Tokyo", locale="en-GB").page
    assert "2026-01-31 12:00:00 UTC" in page.locator("header time").first.inner_text()
    assert "21:00:00 here" in page.locator("header time").first.inner_text()


def test_a_running_step_has_a_bar_to_the_present_end(tab: Open) -> None:
    steps = [step("a", (0,), 0, 4), step("b", (1,), 2, None, status=Status.RUNNING)]
    page = tab(run(*steps, status=Status.RUNNING, ended=None)).page
    assert page.locator("#row1 .bar.running").evaluate("one => one.style.width") == "50%"
