"""What a function adds to its step's panel: what can be one, and what is done outside of a task."""

from __future__ import annotations

import base64
from pathlib import Path

import pandas
import pytest

from runnable_runtime.cards import card, collecting

PNG = b"\x89PNG\r\n\x1a\nrest"


class Figure:
    def savefig(self, file: object, **options: object) -> None:
        file.write(PNG)  # type: ignore[attr-defined]


def collected(**given: object) -> list[dict[str, object]]:
    with collecting() as cards:
        card(**given)  # type: ignore[arg-type]
    return cards


def test_a_figure_is_what_can_save_itself_bytes_or_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(PNG)
    for figure in (PNG, tmp_path / "a.png", str(tmp_path / "a.png"), Figure()):
        [found] = collected(figure=figure)
        assert (found["type"], base64.b64decode(str(found["data"]))) == ("image/png", PNG)
    assert collected(figure=b"  <svg></svg>")[0]["type"] == "image/svg+xml"


def test_a_table_is_a_list_of_dictionaries_or_a_data_frame() -> None:
    expected = {"kind": "table", "columns": ["a", "b"], "rows": [["1", "x"], ["0.333333", ""]], "of": 2}
    assert collected(table=[{"a": 1, "b": "x"}, {"a": 1 / 3}]) == [expected]
    assert collected(table=pandas.DataFrame({"a": [1, 2]}))[0]["rows"] == [["1"], ["2"]]
    [long] = collected(table=pandas.DataFrame({"a": range(3000)}))
    assert (len(long["rows"]), long["of"]) == (1000, 3000)  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [{"figure": 3}, {"figure": b"GIF89a"}, {"table": 3}, {"table": [1]}])
def test_what_is_neither_is_refused_also_outside_of_a_task(given: dict[str, object]) -> None:
    with pytest.raises(TypeError, match="of a card"):
        card(**given)  # type: ignore[arg-type]


def test_outside_of_a_task_nothing_happens() -> None:
    card(markdown="# A")
    with collecting() as outer:
        card(markdown="# B")
        with collecting() as inner:
            card(markdown="# C")
    assert [one["text"] for one in outer] == ["# B"]
    assert [one["text"] for one in inner] == ["# C"]
