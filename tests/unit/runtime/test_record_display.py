"""A run's record at a prompt and in a notebook: short, readable, and no way for what it holds to run there."""

from dataclasses import replace

from runnable_runtime.records.records import AttemptRecord, Kind, RunRecord, Status, StepRecord

BEGUN, ENDED = "2026-01-31T10:00:00+00:00", "2026-01-31T10:00:01.500000+00:00"


def step(path, status=Status.SUCCEEDED, message="", reused="", **outputs):
    attempt = AttemptRecord(
        number=1, started=BEGUN, ended=ENDED, status=status, outputs=outputs, message=message, reused=reused
    )
    return StepRecord(path=path, kind=Kind.PYTHON, status=status, message=message, attempts=(attempt,))


def record(*steps, **changed):
    run = RunRecord(run_id="calm-fjord", pipeline="orders", started=BEGUN, ended=ENDED, status=Status.SUCCEEDED)
    return replace(run, steps={one.path: one for one in steps}, **changed)


def test_at_a_prompt_it_is_one_short_line():
    shown = record(step("a"), step("b"), outputs={"total": 7})
    assert repr(shown) == "<run calm-fjord of 'orders': succeeded in 1.50 s, 2 tasks ran, returned total>"
    assert repr(record(step("a"), ended=None, status=Status.RUNNING)).endswith("running, 1 task ran>")


def test_in_a_notebook_it_is_a_table_with_status_time_and_what_was_returned_or_went_wrong():
    html = record(
        step("a", prices=[1, 2]), step("m.0.b", Status.FAILED, "no price"), step("c", reused="other/c", x=1)
    )._repr_html_()
    assert "prices = [1, 2]" in html
    assert "&emsp;&emsp;b" in html
    assert "no price" in html
    assert "1.50 s" in html
    assert ">cached<" in html


def test_what_a_record_holds_is_text_in_a_notebook():
    html = record(step("<b>", Status.FAILED, "<script>alert(1)</script>"), step("v", x="<img src=x>"))._repr_html_()
    assert "<script" not in html
    assert "<img" not in html
    assert "&lt;script&gt;" in html


def test_a_large_run_is_cut_and_what_went_wrong_stays():
    steps = [step(f"m.{n}") for n in range(1000)]
    steps[900] = step("m.900", Status.FAILED, "the one that failed")
    html = record(*steps)._repr_html_()
    assert html.count("<tr>") == 62
    assert "the one that failed" in html
    assert "and 940 more" in html


def test_a_long_value_is_cut():
    assert len(record(step("a", x="y" * 10_000))._repr_html_()) < 1000
