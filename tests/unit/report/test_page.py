"""The page of a report: nothing in it is markup but what is ours, it is small, and the same record gives the same."""

from __future__ import annotations

import base64
import io
import json
import re
import zlib
from html.parser import HTMLParser
from pathlib import Path

import pytest

from runnable.report import page as pages
from runnable.report.attachments import Logs
from runnable.report.html import Html, tag, text
from runnable.report.writing import Wanted, report
from runnable_runtime.process.usage import Usage
from runnable_runtime.records.origin import Machine, Origin
from runnable_runtime.records.records import RunRecord, Status
from tests.support.synthetic import HOSTILE, at, hostile, run, step, wide


def nothing(name: str) -> None:
    return None


def made(record: RunRecord, **wanted: object) -> str:
    return report(record, nothing, Wanted(**wanted))  # type: ignore[arg-type]


class Elements(HTMLParser):
    """The elements of a page, their attributes, and the text between them."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.attributes: set[str] = set()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.names.add(name)
        self.attributes |= {key for key, _ in attributes}
        self.ids += [value or "" for key, value in attributes if key == "id"]
        self.links += [value or "" for key, value in attributes if key in ("href", "src")]
        if name not in ("meta", "img", "input", "br"):
            self.open.append(name)

    def handle_startendtag(self, name: str, attributes: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(name, attributes)
        self.open.pop()

    def handle_endtag(self, name: str) -> None:
        assert self.open.pop() == name

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def packed(page: str) -> list[object]:
    texts = re.findall(r'<script type="text/plain" id="[a-z0-9]+">([^<]*)</script>', page)
    return [json.loads(zlib.decompress(base64.b64decode(one))) for one in texts]


def test_a_hostile_record_is_text_and_nothing_else() -> None:
    page = report(
        hostile(), lambda name: io.BytesIO(" ".join(HOSTILE).encode("utf-8", "replace")), Wanted(logs=Logs.ALL)
    )
    ours, theirs = Elements(made(wide(3, {1: "E"}))), Elements(page)
    ours.attributes.add("data-step")
    assert not theirs.open
    assert theirs.names <= ours.names
    assert theirs.attributes <= ours.attributes
    assert all(link.startswith("#") for link in theirs.links)
    assert page.count("<script") == page.count("</script>") == 3
    assert "\x1b" not in page
    assert not re.search(r"[\x00-\x08\x0b-\x1f\u202a-\u202e]", page)
    assert "\\x1b]52;c;YQ==\\x07" in page
    for one in packed(page):
        assert not re.search(r"[\x00-\x08\x0b-\x1f\u202e\ud800]", json.dumps(one, ensure_ascii=False))


@pytest.mark.parametrize("attack", HOSTILE)
def test_only_our_own_elements_are_markup(attack: str) -> None:
    written = tag("p", attack, tag("b", attack), title=attack)
    found = Elements(written)
    assert (found.names, found.attributes, found.open) == ({"p", "b"}, {"title"}, [])
    assert isinstance(written, Html)
    assert "<" not in text(attack)


def test_the_same_record_gives_the_same_bytes() -> None:
    record = wide(20, {3: "ValueError: no"})
    assert made(record) == made(RunRecord.from_json(json.loads(json.dumps(record.to_json()))))


def test_the_policy_knows_the_style_and_the_script_by_their_hashes_and_lets_nothing_else_in() -> None:
    page = made(wide(1))
    style = re.search(r"<style>(.*?)</style>", page, re.S)
    script = re.findall(r"<script>(.*?)</script>", page, re.S)
    assert style
    assert (style[1], script) == (pages.style(), [pages.script()])
    assert pages.policy().startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe" not in pages.policy()
    assert not re.search(r"\sstyle=|\son[a-z]+=|https?://", page)


def test_style_and_script_are_small_and_cannot_end_their_elements() -> None:
    assert len((pages.style() + pages.script()).encode()) <= 40_000
    assert "</" not in pages.style()
    assert "</" not in pages.script()
    assert "innerHTML" not in pages.script()


def test_a_hundred_steps_are_less_than_a_hundred_kilobytes() -> None:
    record = wide(25, {7: "ValueError: " + "x" * 200})
    assert len(record.steps) == 102
    assert len(made(record).encode()) <= 100_000


@pytest.mark.slow
def test_ten_thousand_steps_are_a_file_to_mail() -> None:
    record = wide(2500, {7: "ValueError: no", 1200: "ValueError: no"})
    assert len(record.steps) > 10_000
    assert len(made(record).encode()) <= 1_500_000


def test_without_values_none_is_in_the_file() -> None:
    secret = "my-own-value"
    one = step("a", (0,), 0, 1, inputs={"x": secret}, outputs={"y": secret}, metrics=("y",))
    record = run(one, parameters={"z": secret})
    assert secret in made(record)
    assert secret not in json.dumps([made(record, values=False), packed(made(record, values=False))])


def test_ids_are_unique_and_links_lead_somewhere() -> None:
    found = Elements(made(wide(15, {2: "E", 9: "E"})))
    assert len(set(found.ids)) == len(found.ids)
    assert {link for link in found.links if link.startswith("#")} <= {f"#{one}" for one in found.ids}


def test_what_was_lost_of_a_record_is_said() -> None:
    from dataclasses import replace

    assert "steps/a.json: no JSON" in made(replace(wide(1), damage=("steps/a.json: no JSON",)))


@pytest.mark.parametrize("status", Status)
def test_a_status_is_a_word_and_a_mark_and_no_colour_alone(status: Status) -> None:
    page = made(run(step("a", (0,), 0, 1, status=status), status=status))
    assert len(re.findall(rf'<i class="mark">[^<]</i>{status}<', page)) >= 2


def test_a_run_without_steps_has_a_report() -> None:
    assert "orders" in made(run())


def test_assets_are_files_of_the_package() -> None:
    assert {file.suffix for file in Path(pages.__file__).with_name("assets").iterdir()} == {".css", ".js"}


def test_who_started_it_and_what_it_used_is_said_as_far_as_it_is_recorded() -> None:
    one = step("a", (0,), 0, 1, waited=2.0, used=Usage(memory=235_000_000, memory_before=35_000_000, cpu=0.5))
    machine = Machine(pod="jobs/p-1", node="n-7", image="python:3.11", digest="sha256:" + "ab" * 32)
    two = step("b", (1,), 1, 2, machine=machine)
    origin = Origin(user="ada", host="desk", command="runnable run p.py", version="9.9", commit="ab" * 20, dirty=True)
    page = made(run(one, two, origin=origin))
    for said in ("ada on desk", "runnable run p.py", "abababababab, with changes", "235 MB", "500 ms"):
        assert said in page
    _, panels = packed(page)
    assert isinstance(panels, list)
    first, second = (one["attempts"][0]["about"] for one in panels)
    assert first[:2] == [["waited", "2.00 s, for a worker or a lock"], ["most memory", "235 MB, 35 MB before it began"]]
    assert second == [["pod", "jobs/p-1"], ["node", "n-7"], ["image", "python:3.11 (sha256:abababababab)"]]


def test_of_many_failures_the_first_ones_are_open_and_the_rest_is_counted() -> None:
    page = made(wide(40, {n: f"ValueError: {n}" for n in range(30)}))
    assert page.count("<article") == 20
    assert page.count('<article class="fail failed" id=') - page.count("><details><summary><b>each.") == 3
    assert "10 more steps failed: status:failed in the search finds them" in page


@pytest.mark.parametrize("end", [0.0, None])
def test_a_run_that_took_no_time_has_a_report(end: float | None) -> None:
    assert "Tasks at once, at most 1" in made(run(step("a", (0,), 0, end), ended=None if end is None else at(0)))
