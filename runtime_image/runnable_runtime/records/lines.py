"""The lines that records consist of: JSON objects, each with a checksum as its last field.

    {"step":{…},"crc":"5d2a01f7"}

The checksum is the CRC-32 of all that stands before it. Lines of older versions have none. Of a damaged line all whole
ones that are in it are found again: two lines, where the end of the first is damaged.
"""

from __future__ import annotations

import json
from typing import NoReturn
from zlib import crc32

from runnable_runtime.deferred import pattern
from runnable_runtime.protocol import Json
from runnable_runtime.records.shape import RecordError

_SEAL = pattern(rb',"([^"]{1,8})":"([0-9a-f]{8})"\}\s*\Z')
_END = pattern(rb',"crc":"[0-9a-f]{8}"\}')
_ENCODER = json.JSONEncoder(ensure_ascii=False, allow_nan=False, separators=(",", ":"))
_DEEPEST = 250
"""How deeply values are nested, at most: what goes through them does so by recursion."""


def encode(document: Json) -> bytes:
    """One line of compact JSON with its checksum and end of line."""
    data = _ENCODER.encode(document).encode("utf-8", "surrogatepass")
    if data == b"{}":
        return data + b"\n"
    return b'%s,"crc":"%08x"}\n' % (data[:-1], crc32(data[:-1]))


def decode(line: bytes) -> Json:
    """The inverse of `encode`; also of a line that has no checksum. Raises RecordError for what is no JSON object."""
    return opened(line)[0]


def is_sealed(line: bytes) -> bool:
    """Whether a line has a checksum, and is what that was made of."""
    seal = _SEAL.search(line)
    return seal is not None and seal[1] == b"crc" and int(seal[2], 16) == crc32(line[: seal.start()])


def opened(line: bytes) -> tuple[Json, str]:
    """The object of a line, and what is wrong with its checksum though the object is whole. Raises RecordError."""
    note, seal = "", _SEAL.search(line)
    if seal is not None and int(seal[2], 16) == crc32(line[: seal.start()]):
        line = line[: seal.start()] + b"}"
        note = "" if seal[1] == b"crc" else "the name of its checksum is damaged"
    elif (seal is not None and seal[1] == b"crc") or b',"crc":"' in line[-24:]:
        raise RecordError("the record is damaged: it does not match its checksum")
    try:
        document = json.loads(line.decode("utf-8", "surrogatepass"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        if isinstance(error, RecordError):
            raise
        raise RecordError(f"the record is damaged: {error}") from None
    if not isinstance(document, dict):
        raise RecordError("the record is damaged: a part of it is no JSON object")
    if _is_too_deep(line, document):
        raise RecordError(f"the record is damaged: values in it are nested more than {_DEEPEST} times")
    return document, note


def whole_in(line: bytes) -> list[Json]:
    """The objects, by their checksums, that are whole in a damaged line."""
    found, start = [], 0
    for end in (match.end() for match in _END.finditer(line)):
        for begin in (at for at in range(start, end) if line[at : at + 1] == b"{"):
            seal = _SEAL.search(line[begin:end])
            if seal is not None and int(seal[2], 16) == crc32(line[begin : begin + seal.start()]):
                try:
                    found.append(decode(line[begin:end]))
                except RecordError:
                    break
                start = end
                break
            if begin - start > _JUNK:
                break
    return found


_JUNK = 64
"""How many bytes may stand before a whole line, at most, in a damaged one."""


def _refuse(constant: str) -> NoReturn:
    raise RecordError(f"the record is damaged: {constant} is no value of JSON")


def _is_too_deep(line: bytes, document: Json) -> bool:
    if line.count(b"{") + line.count(b"[") <= _DEEPEST:
        return False
    level: list[Json] = [document]
    for _ in range(_DEEPEST):
        inner = (i for one in level for i in (one.values() if isinstance(one, dict) else one))
        level = [value for value in inner if isinstance(value, dict | list) and value]
        if not level:
            return False
    return True
