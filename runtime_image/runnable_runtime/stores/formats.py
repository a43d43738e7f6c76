"""The format that an object is kept in: Parquet for data frames, .npy for arrays, a pickle for all else.

A frame or an array is kept in its own format only where that gives the very same object back. Of others, such as a
frame with an index of several levels or an array of objects, the pickle is kept.
"""

from __future__ import annotations

import os
import pickle
import sys
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any, BinaryIO, Literal

from runnable_runtime.stores.pickler import Sink

Kept = Literal["pickle", "parquet", "npy"]
_MAPPED = 16 * 1024 * 1024
"""The size of an array's file, in bytes, above which it is mapped into memory."""
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


def write_frame(frame: Any, file: Path) -> None:
    """Write a data frame that `format_of` has Parquet for."""
    frame.to_parquet(file, engine="pyarrow")


def write_array(array: Any, sink: Sink) -> None:
    """Write an array that `format_of` has .npy for, in pieces."""
    import numpy

    numpy.save(sink, array, allow_pickle=False)  # which takes whatever has `write`


def read(stream: BinaryIO) -> Any:
    """The object in `stream`, in whichever format it is. A pickle runs code: its digest has been checked."""
    begin = stream.read(6)
    stream.seek(0)
    if begin[:4] == b"PAR1":
        pandas: Any = import_module("pandas")

        return pandas.read_parquet(stream, engine="pyarrow")
    if begin == b"\x93NUMPY":
        import numpy

        return _mapped(stream) if _size(stream) > _MAPPED else numpy.load(stream, allow_pickle=False)
    return pickle.load(stream)  # noqa: S301 - see above


def _mapped(stream: BinaryIO) -> Any:
    """The array in a file, of which a page is in memory when it is used. Writing to it changes this process alone."""
    from numpy import asarray, load, memmap
    from numpy.lib import format as npy

    if npy.read_magic(stream) != (1, 0):  # that of fields with long or foreign names
        stream.seek(0)
        return load(stream, allow_pickle=False)
    shape, in_columns, dtype = npy.read_array_header_1_0(stream)
    order: Literal["F", "C"] = "F" if in_columns else "C"
    return asarray(memmap(stream, dtype, "c", stream.tell(), shape, order))


def _size(stream: BinaryIO) -> int:
    """The size of a file of this machine; 0 for what is none."""
    try:
        return os.fstat(stream.fileno()).st_size
    except (AttributeError, OSError):
        return 0
