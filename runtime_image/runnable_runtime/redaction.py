"""Keeping the values of secrets out of what is written: each is replaced by ``<secret:NAME>``.

What is printed comes in pieces of any size, so the end of a piece that may be the beginning of a value is kept back
until it is clear what follows. Values of fewer than 4 characters are left alone: replacing every `1` or `no` would make
all output unreadable, and reveal the value.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping

from runnable_runtime.deferred import pattern
from runnable_runtime.protocol import Json

SHORTEST = 4
"""The shortest value that is replaced, in characters."""
_SHORTEST_LINE = 8
"""The shortest line, of a value of several lines, that is also replaced by itself, in characters."""
_CUT = pattern(r"(\n?\.\.\.\n?)")
"""Where something was cut out of a text."""
_MARK = pattern(r"<secret:[^<>]{1,253}>")


def mark(name: str) -> str:
    """The text that replaces the value of the secret `name`."""
    return f"<secret:{name}>"


def has_mark(value: Json) -> bool:
    """Whether something in `value` has been replaced, so that it is not what it was."""
    match value:
        case str():
            return _MARK.search(value) is not None
        case list():
            return any(has_mark(item) for item in value)
        case dict():
            return any(has_mark(key) or has_mark(item) for key, item in value.items())
        case _:
            return False


class Redactor:
    """Replaces the values of secrets, given by name, in texts and in JSON. It is false if there is nothing to replace.

    A value is also found as JSON, Python and URLs write it, and each longer line of a value of several lines by itself;
    not where it is encoded in another way, such as base64.
    """

    def __init__(self, values: Mapping[str, str], *, shortest: int = SHORTEST) -> None:
        """Values of fewer than `shortest` characters are left alone."""
        self._marks: dict[str, str] = {}
        for name, value in values.items():
            for form in _forms(value) if len(value.strip()) >= shortest else ():
                self._marks.setdefault(form, mark(name))
        # the longest first: of two values that begin alike, the longer one is meant
        self._forms = sorted(self._marks, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, self._forms)) or r"(?!)")

    @classmethod
    def of_variables(
        cls, names: Iterable[str], environment: Mapping[str, str], *, shortest: int = SHORTEST
    ) -> Redactor:
        """For secrets that are in variables of `environment`, or else of this process."""
        return cls({name: environment.get(name, os.environ.get(name, "")) for name in names}, shortest=shortest)

    def __bool__(self) -> bool:
        return bool(self._forms)

    def text(self, text: str) -> str:
        """`text` without the values."""
        return self._pattern.sub(self.replacement, text)

    def message(self, text: str) -> str:
        """`text`, of which parts may be cut out (``...``), without the values, and without what a cut left of one."""
        text = self.text(text)
        if "..." not in text:
            return text
        pieces = _CUT.split(text)  # every second one is a cut
        for index in range(1, len(pieces), 2):
            before, after = pieces[index - 1], pieces[index + 1]
            start = self.unfinished(before, 0)
            pieces[index - 1] = before[:start] if len(before) - start >= SHORTEST else before
            pieces[index + 1] = after[self._rest_of_value(after) :]
        return "".join(pieces)

    def _rest_of_value(self, text: str) -> int:
        """Where the longest beginning of `text` ends that a value may end with; 0 if it is short, or there is none."""
        return max(
            (
                length
                for form in self._forms
                for length in range(min(len(form) - 1, len(text)), SHORTEST - 1, -1)
                if text.startswith(form[-length:])
            ),
            default=0,
        )

    def json(self, value: Json) -> Json:
        """`value` without the values: in texts, in the keys of mappings, and where a number is one."""
        match value:
            case None | bool():
                return value
            case str():
                return self.text(value)
            case list():
                return [self.json(item) for item in value]
            case dict():
                return {self.text(key): self.json(item) for key, item in value.items()}
            case int() | float():
                return self._marks.get(json.dumps(value), value)
            case _:  # a reference, which has no value in it
                return value

    def stream(self) -> StreamRedactor:
        """A redactor for one stream of text."""
        return StreamRedactor(self)

    def bytes_stream(self) -> BytesRedactor:
        """A redactor for one stream of UTF-8."""
        return BytesRedactor(self)

    def as_bytes(self) -> Redactor:
        """A redactor of texts that have one character for each byte (latin-1) of what they stand for, in UTF-8."""
        view = Redactor({})
        view._marks = {form.encode().decode("latin-1"): found for form, found in self._marks.items()}
        view._forms = [form.encode().decode("latin-1") for form in self._forms]
        view._pattern = re.compile("|".join(map(re.escape, view._forms)) or r"(?!)")
        return view

    def first(self, text: str, start: int) -> re.Match[str] | None:
        """The first value in `text` from `start` on."""
        return self._pattern.search(text, start)

    def unfinished(self, text: str, start: int) -> int:
        """Where, from `start` on, the longest end of `text` begins that a value may begin with; else its length."""
        earliest = len(text)
        for form in self._forms:
            at = text.find(form[0], max(start, len(text) - len(form) + 1), earliest)
            while at >= 0:
                if form.startswith(text[at:]):
                    earliest = at
                    break
                at = text.find(form[0], at + 1, earliest)
        return earliest

    def replacement(self, found: re.Match[str]) -> str:
        """The text that replaces a value that was found."""
        return self._marks[found[0]]


class StreamRedactor:
    """A stream of text in pieces: `feed` gives back what can be shown of it by now, `finish` the rest."""

    def __init__(self, redactor: Redactor) -> None:
        self._redactor = redactor
        self._kept = ""

    def feed(self, piece: str) -> str:
        """All that came but what may be the beginning of a value, without values."""
        text = self._kept + piece
        shown: list[str] = []
        start = 0
        while True:
            kept = self._redactor.unfinished(text, start)
            found = self._redactor.first(text, start)
            if found is None or found.start() >= kept:
                break
            shown += [text[start : found.start()], self._redactor.replacement(found)]
            start = found.end()
        self._kept = text[kept:]
        return "".join([*shown, text[start:kept]])

    def finish(self) -> str:
        """The text that was kept back. The stream can continue afterwards."""
        text, self._kept = self._kept, ""
        return self._redactor.text(text)


class BytesRedactor:
    """A stream of bytes in pieces, as `StreamRedactor` is one of text; a piece may end within a character."""

    def __init__(self, redactor: Redactor) -> None:
        self._stream = StreamRedactor(redactor.as_bytes())

    def feed(self, piece: bytes) -> bytes:
        """See `StreamRedactor.feed`."""
        return self._stream.feed(piece.decode("latin-1")).encode("latin-1")

    def finish(self) -> bytes:
        """See `StreamRedactor.finish`."""
        return self._stream.finish().encode("latin-1")


def _forms(value: str) -> Iterator[str]:
    """The ways in which `value` may be written."""
    plain = value.strip()
    lines = [line.strip() for line in plain.splitlines()]
    for form in (value, plain, *(line for line in lines if len(line) >= _SHORTEST_LINE)):
        yield form
        if not form.isalnum():
            from urllib.parse import quote, quote_plus

            yield from (json.dumps(form)[1:-1], json.dumps(form, ensure_ascii=False)[1:-1], repr(form)[1:-1])
            yield from (quote(form), quote(form, safe=""), quote_plus(form))
