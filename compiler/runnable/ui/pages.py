"""What is answered, by the address after the token.

(nothing)              the list of the runs
runs?since=N           the rows of the list, if they are not those of version N
run/ID/                the page of a run; `with=OTHER`: compared with that; `parts`: without columns
run/ID/columns?since=N the columns of its steps, if they are not those of version N
run/ID/step?path=PATH  the details of a step
"""

from __future__ import annotations

import json
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from pathlib import Path
from threading import Lock

from runnable.report import page as report_page
from runnable.runs.stores.store import RunLogStore
from runnable.ui import home
from runnable.ui.guard import Refused
from runnable.ui.listing import Listing
from runnable.ui.viewed import Viewed
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Json

_KEPT = 4
"""Runs that were looked at last, which are kept in memory."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The body of an answer, its type, its status, and what its page may do."""

    text: str
    kind: str = "text/plain"
    status: HTTPStatus = HTTPStatus.OK
    policy: str = ""


_UNCHANGED = Answer("", status=HTTPStatus.NO_CONTENT)


class Pages:
    """Answers from the records of `store`. `named` and `root` say which configuration has the files of runs."""

    def __init__(self, store: RunLogStore, *, named: str = "", root: Path, context: str | None = None) -> None:
        self._store, self._named, self._root, self._context = store, named, root, context
        self._listing = Listing(store, context)
        self._viewed: OrderedDict[str, Viewed] = OrderedDict()
        self._lock = Lock()

    def answer(self, asked: Sequence[str], query: Mapping[str, str]) -> Answer:
        """The answer for an address in parts. Raises Refused for what there is not, and RecordUnusable."""
        match asked:
            case [""]:
                return Answer(home.page(self._store.name, self._listing), "text/html", policy=home.policy())
            case ["runs"]:
                rows = self._listing.rows(_number(query))
                return _UNCHANGED if rows is None else Answer(rows, "application/json")
            case ["run", run_id, inner]:
                return self._run(self._view(run_id), inner, query)
            case _:
                pass
        raise Refused(HTTPStatus.NOT_FOUND, "There is no such page.")

    def _run(self, viewed: Viewed, inner: str, query: Mapping[str, str]) -> Answer:
        other = query.get("with", "")
        if inner == "":
            text = viewed.page(other, parts="parts" in query)
            return Answer(text, "text/html", policy=report_page.policy(live=True))
        if inner == "columns":
            columns = viewed.columns(_number(query), other)
            return _UNCHANGED if columns is None else Answer(columns, "application/json")
        if inner == "step":
            return _as_json(viewed.step(query.get("path", "")))
        raise Refused(HTTPStatus.NOT_FOUND, "There is no such page.")

    def _view(self, run_id: str) -> Viewed:
        """The run that is looked at; runs that nobody looks at any more are forgotten."""
        with self._lock:
            found = self._viewed.pop(run_id, None)
            if found is None:
                if run_id not in self._store.runs():
                    self._listing.look_again()  # it may have begun since
                if run_id not in self._store.runs():
                    raise Refused(HTTPStatus.NOT_FOUND, "There is no such run.")
                found = Viewed(self._store, run_id, named=self._named, root=self._root, context=self._context)
            self._viewed[run_id] = found
            while len(self._viewed) > _KEPT:
                self._viewed.popitem(last=False)
        return found


def _number(query: Mapping[str, str]) -> int:
    text = query.get("since", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else 0


def _as_json(value: Json) -> Answer:
    return Answer(json.dumps(value, ensure_ascii=False), "application/json")
