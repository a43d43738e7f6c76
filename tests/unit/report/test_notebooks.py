"""Executed notebooks in a report: sources, texts, errors and pictures, and nothing that could run."""

from __future__ import annotations

import base64
import io
import json

import pytest

from runnable.report.budget import Budget
from runnable.report.notebooks import notebooks
from runnable_runtime.records.records import Kind
from tests.support.synthetic import run, step

RECORD = run(step("n", (0,), 0, 1, Kind.NOTEBOOK, notebook="n.ipynb"))
PNG = base64.b64encode(b"\x89PNG").decode()


def test_an_executed_notebook_is_shown_without_what_could_run() -> None:
    outputs = [
        {"output_type": "stream", "text": ["1\n", "2"]},
        {"output_type": "error", "traceback": ["\x1b[31mE\x1b[0m", "no"]},
        {"output_type": "display_data", "data": {"image/png": PNG, "text/plain": "<Figure>"}},
        {"output_type": "execute_result", "data": {"text/html": "<script>1</script>", "text/plain": "a  b"}},
    ]
    book = {
        "cells": [
            {"cell_type": "markdown", "source": "# T"},
            {"cell_type": "code", "source": ["x"], "outputs": outputs},
        ]
    }
    [found] = notebooks(RECORD, lambda name: io.BytesIO(json.dumps(book).encode()), Budget(10_000))
    assert [(cell.kind, cell.source) for cell in found.cells] == [("markdown", "# T"), ("code", "x")]
    assert found.cells[1].texts == ("1\n2", "a  b")
    assert found.cells[1].errors == ("\x1b[31mE\x1b[0m\nno",)
    assert found.cells[1].pictures == (f"data:image/png;base64,{PNG}",)


@pytest.mark.parametrize("data", [b"{", b"[]", b'{"cells": 3}', b'{"cells": [3]}', b'{"cells": [{"outputs": [3]}]}'])
def test_a_damaged_notebook_is_said_to_be(data: bytes) -> None:
    [found] = notebooks(RECORD, lambda name: io.BytesIO(data), Budget(10_000))
    assert found.missing == "It cannot be read."


def test_one_that_does_not_fit_is_left_out_and_named() -> None:
    budget = Budget(10)
    book = {"cells": [{"cell_type": "code", "source": "x" * 20}]}
    assert list(notebooks(RECORD, lambda name: io.BytesIO(json.dumps(book).encode()), budget)) == []
    assert budget.left_out == ["the notebook of n (20 bytes)"]
