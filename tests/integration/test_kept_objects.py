"""Frames, arrays and models that functions are annotated to return: kept by themselves, and read again from Python."""

import numpy
import pandas
import pytest

import runnable
from runnable import Pipeline, PythonTask, RunnableError
from runnable_runtime.stores.formats import format_of


class Model:
    def __init__(self, slope):
        self.slope = slope


def load() -> tuple[pandas.DataFrame, numpy.ndarray, int]:
    return pandas.DataFrame({"a": [1, 2], "b": [0.5, 1.5]}), numpy.arange(6).reshape(2, 3), 3


def train(frame: pandas.DataFrame, weights: numpy.ndarray) -> Model:
    assert list(frame.columns) == ["a", "b"]
    return Model(float(frame["b"].sum() * weights.sum()))


def score(model: Model) -> float:
    return model.slope


def test_they_are_kept_and_read_from_python(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    pipeline = Pipeline(
        steps=[
            PythonTask(name="load", function=load, returns=["frame", "weights", "rows"]),
            PythonTask(name="train", function=train, returns=["model"]),
            PythonTask(name="score", function=score, returns=["slope"]),
        ]
    )
    record = pipeline.execute()
    kept = {name: getattr(value, "format", "") for name, value in record.steps["load"].outputs.items()}
    assert kept == {"frame": "parquet", "weights": "npy", "rows": ""}
    pandas.testing.assert_frame_equal(runnable.load("latest", "load", "frame"), load()[0])
    assert (runnable.load(record.run_id, "load", "weights") == load()[1]).all()
    assert runnable.load("latest", "load", "rows") == 3
    assert runnable.load("latest", "train", "model").slope == 30.0
    with pytest.raises(RunnableError, match="RN912"):
        runnable.load("latest", "train", "modell")


SIMPLE = pandas.DataFrame({"a": [1, 2], "b": [True, False]})


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (SIMPLE, "parquet"),
        (SIMPLE.iloc[::2], "parquet"),
        (SIMPLE.set_index("a"), "pickle"),
        (SIMPLE.rename(columns={"a": 1}), "pickle"),
        (SIMPLE.assign(o=[object(), None]), "pickle"),
        (SIMPLE.iloc[[1, 0, 1]], "pickle"),
        (numpy.zeros((2, 2), order="F"), "npy"),
        (numpy.array([{}, None]), "pickle"),
        (numpy.ma.masked_array([1]), "pickle"),
        (SIMPLE["a"], "pickle"),
        ([SIMPLE], "pickle"),
    ],
    ids=range(11),
)
def test_a_format_of_its_own_is_for_what_comes_back_the_same(value, expected, tmp_path):
    from runnable_runtime.stores import formats

    kept = format_of(value)
    assert kept == expected
    if kept != "pickle":
        if kept == "parquet":
            formats.write_frame(value, tmp_path / "kept")
        else:
            with (tmp_path / "kept").open("wb") as stream:
                formats.write_array(value, stream)
        with (tmp_path / "kept").open("rb") as stream:
            back = formats.read(stream)
        if isinstance(value, pandas.DataFrame):
            pandas.testing.assert_frame_equal(back, value, check_index_type="exact")
            assert type(back.index) is type(value.index)
        else:
            assert (back == value).all()
            assert back.flags["F_CONTIGUOUS"] == value.flags["F_CONTIGUOUS"]
