"""The target `svg`: pictures are well-formed, hold no more than they say, and their boxes are where they belong."""

from __future__ import annotations

import re
import time
from itertools import combinations, pairwise
from pathlib import Path
from typing import get_args
from xml.etree import ElementTree

import pytest

from runnable import Conditional, Loop, Map, Parallel, Pipeline, PythonTask, ShellTask, Stub
from runnable.frontend.build import build
from runnable.ir.nodes import Action, Edge, Fused, Graph, Nothing, Program, ShellCommand, Task
from runnable.targets.mermaid import _SHAPES
from runnable.targets.svg import picture
from runnable.targets.svg.boxes import _KINDS, Box, boxed
from runnable.targets.svg.layout import placed
from tests.support.corpus import CORPUS
from tests.support.synthetic import HOSTILE

SVG = "{http://www.w3.org/2000/svg}"


def drawn(pipeline: Pipeline) -> ElementTree.Element:
    return ElementTree.fromstring(picture(build(pipeline, "").program))


def texts(root: ElementTree.Element, name: str) -> list[str]:
    return [one.text or "" for one in root.iter(f"{SVG}{name}")]


def line(count: int, *more: Edge) -> Program:
    nodes = tuple(Task(f"step {n}", ShellCommand("true")) for n in range(count))
    edges = tuple(Edge(one.name, other.name) for one, other in pairwise(nodes))
    return Program("line", Graph("line", nodes, (*edges, *more)))


def test_every_kind_of_task_is_drawn() -> None:
    kinds = set(get_args(Action)) - {Fused}  # which only a lowering for Argo makes
    assert set(_KINDS) == set(_SHAPES) == kinds


def test_what_is_drawn_of_each_construct() -> None:
    inner = Pipeline(steps=[ShellTask(name="fit", command="export n=1", returns=["n"], retry=2)], name="b")
    sorry = Stub(name="sorry").as_pipeline()
    root = drawn(
        Pipeline(
            name="all",
            description="of each one",
            steps=[
                PythonTask(name="load", function=print, on_failure=sorry),
                Parallel(name="both", branches={"l": inner, "r": inner}, max_parallel=1),
                Map(name="each", branch=inner, iterate_on="xs", iterate_as="x", reducer="sum"),
                Loop(name="again", branch=inner, break_on="done", index_as="i", max_iterations=9),
                Conditional(name="which", parameter="side", branches={"heads": inner}, default=inner),
                Stub(name="end", terminate_with_failure=True),
            ],
        )
    )
    shown = texts(root, "text")
    for said in (
        "all",
        "of each one",
        "shell, up to 3 attempts \N{RIGHTWARDS ARROW} n",
        "parallel, 1 at a time",
        "for each x of xs, reduced by sum",
        "until done, at most 9 times",
        "by the value of side",
        "heads",
        "otherwise",
        "on failure",
        "\N{BALLOT X} then the pipeline has failed",
    ):
        assert said in shown
    assert texts(root, "title")[0] == "The pipeline all"
    assert "each, map, for each x of xs, reduced by sum; fit, shell" in texts(root, "desc")[0]
    assert [path.get("class") for path in root.iter(f"{SVG}path")].count("x") == 1


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_texts_are_text(text: str) -> None:
    nodes = (Task(text, Nothing()), Task(f"{text}2", Nothing()))
    program = Program(text, Graph(text, nodes, (Edge(text, f"{text}2"),)), description=text)
    root = ElementTree.fromstring(picture(program))
    assert {one.tag.removeprefix(SVG) for one in root.iter()} <= {
        *("svg", "title", "desc", "style", "marker", "path", "rect", "g", "text")
    }
    assert not [key for one in root.iter() for key in one.attrib if key.startswith("on") or key.endswith("href")]


def test_nothing_in_it_is_loaded_or_run() -> None:
    text = picture(line(3))
    assert not re.search(r"<script|<image|<foreignObject|@import|javascript:|url\((?!#)", text)
    assert re.findall(r"https?://[^\"' ]*", text) == ["http://www.w3.org/2000/svg"]


def boxes(box: Box) -> list[Box]:
    return [one for inside in box.inside for one in (inside, *boxes(inside))]


@pytest.mark.parametrize("name", CORPUS)
def test_boxes_are_inside_of_theirs_and_do_not_overlap(name: str) -> None:
    program = build(CORPUS[name].make(), "").program
    ElementTree.fromstring(picture(program))
    whole = boxed(program)
    placed(whole)
    for box in (whole, *boxes(whole)):
        for one in box.inside:
            assert box.x - 0.1 <= one.x
            assert one.x + one.width <= box.x + box.width + 0.1
            assert box.y - 0.1 <= one.y
            assert one.y + one.height <= box.y + box.height + 0.1
        for one, other in combinations(box.inside, 2):
            apart = one.x + one.width <= other.x or other.x + other.width <= one.x
            assert apart or one.y + one.height <= other.y or other.y + other.height <= one.y


def test_the_size_and_the_time_grow_with_the_number_of_steps() -> None:
    half, whole = picture(line(1000)), picture(line(2000))
    assert len(whole) < 2.1 * len(half)
    assert len(whole) < 600 * 2000
    far = [Edge(f"step {n}", f"step {m}") for n in range(0, 300, 3) for m in range(n + 2, 300, 5)]
    began = time.perf_counter()
    text = picture(line(300, *far))
    assert time.perf_counter() - began < 10  # 0.2 s on a machine with nothing else to do
    assert len(text) < 600 * (300 + len(far))
    assert "after step" in text


def test_many_branches_are_several_rows() -> None:
    one = Stub(name="s").as_pipeline()
    root = drawn(Pipeline(name="p", steps=[Parallel(name="wide", branches={f"b{n}": one for n in range(200)})]))
    assert float(root.get("width", "0")) < 1200


def test_the_same_pipeline_gives_the_same_bytes() -> None:
    assert picture(line(30)) == picture(line(30))


def test_a_notebook_shows_an_image_and_the_mistakes() -> None:
    bundle = Pipeline(name="<p>", steps=[ShellTask(name="a/b", command="true")])._repr_mimebundle_()
    assert bundle["text/html"].startswith('<img src="data:image/svg+xml;base64,')
    assert 'alt="The pipeline &lt;p&gt;"' in bundle["text/html"]
    assert "RN101" in bundle["text/html"]
    assert "RN101" in bundle["text/plain"]
    assert "<script" not in bundle["text/html"]
    well = Pipeline(name="p", steps=[Stub(name="a")])
    assert well._repr_html_() == well._repr_mimebundle_()["text/html"]
    assert well._repr_mimebundle_()["text/plain"] == "<Pipeline 'p' of 1 step>"


@pytest.mark.parametrize("example", ["examples/16-dag/cross_edge.py", "examples/12-nesting/everything.py"])
def test_the_pictures_in_the_pages_are_of_what_the_examples_are(example, golden, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    from tests.golden.test_compiled_examples import compile_example
    from tests.support.paths import ROOT

    golden(
        ROOT / "docs" / "pictures" / f"{Path(example).stem}.svg", compile_example(example, monkeypatch, target="svg")
    )
