"""The format that an object is kept in: Parquet for data frames, .npy for arrays, a pickle for all else.

A frame or an array is kept in its own format only where that gives the very same object back. Of others, such as a
frame with an index of several levels or an array of objects, the pickle is kept.
"""

from __future__ import annotations

import pickle
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO, Literal

Kept = Literal["pickle", "parquet", "npy"]
_DTYPES = frozenset("biuf")
"""The kinds of numpy's data types whose values are the same in Parquet: booleans and numbers."""


def format_of(value: object) -> Kept:
    """What `value` is to be kept as."""
    numpy, pandas = sys.modules.get("numpy"), sys.modules.get("pandas")
    if numpy is not None and type(value) is numpy.ndarray:
        return "npy" if not value.dtype.hasobject else "pickle"  # type: ignore[attr-defined]
    if pandas is not None and type(value) is pandas.DataFrame and find_spec("pyarrow") and _is_simple(value, pandas):
        return "parquet"
    return "pickle"


def _is_simple(frame: Any, pandas: Any) -> bool:
    """Whether `frame` has named columns of plain types, and the index that a frame has by default."""
    index, columns = frame.index, frame.columns
    if type(index) is not pandas.RangeIndex or index.name is not None or frame.attrs:
        return False
    if columns.name is not None or not columns.is_unique or not all(type(name) is str for name in columns):
        return False
    return all(_is_plain(dtype) for dtype in frame.dtypes)


def _is_plain(dtype: Any) -> bool:
    return getattr(dtype, "kind", "") in _DTYPES and type(dtype).__module__.startswith("numpy")


def write(value: Any, file: Path, kept: Kept) -> None:
    """Write `value` to `file` in a format that `format_of` has chosen, other than a pickle."""
    if kept == "parquet":
        value.to_parquet(file, engine="pyarrow")
    else:
        import numpy

        with file.open("wb") as stream:
            numpy.save(stream, value, allow_pickle=False)


def read(stream: BinaryIO) -> Any:
    """The object in `stream`, in whichever format it is. A pickle runs code: its digest has been checked."""
    begin = stream.read(6)
    stream.seek(0)
    if begin[:4] == b"PAR1":
        pandas: Any = import_module("pandas")

        return pandas.read_parquet(stream, engine="pyarrow")
    if begin == b"\x93NUMPY":
        import numpy

        return numpy.load(stream, allow_pickle=False)
    return pickle.load(stream)  # noqa: S301 - see above
