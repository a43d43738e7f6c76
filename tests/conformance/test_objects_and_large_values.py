"""Values that go through the store arrive as they are: every pipeline of the corpus, and objects in every construct."""

from dataclasses import dataclass, replace
from fractions import Fraction

import pytest

from runnable import Conditional, Loop, Map, NotebookTask, Parallel, Pipeline, PythonTask, ShellTask, Stub, pickled
from runnable.configuration import CatalogSettings
from runnable.executors.local import run as backend
from runnable.executors.settings import LocalSettings
from runnable.frontend.build import build
from runnable.passes import diagnose
from runnable.runs.stores.chunked_fs import ChunkedStore
from runnable.testing.result import with_values
from runnable_runtime.records.records import Status
from runnable_runtime.stores.settings import StoreSettings
from runnable_runtime.values.reference import Reference
from tests.conformance import test_corpus
from tests.conformance.test_resumed import whole_run
from tests.support.corpus import CORPUS


def run(found, folder, *, concurrent=False, spill_above=None):
    catalog = CatalogSettings(StoreSettings(str(folder / f"catalog-{concurrent}")), spill_above=spill_above)
    settings = LocalSettings(enable_parallel=concurrent)
    store = ChunkedStore(folder / f"records-{concurrent}")
    record = backend.run(found.program, found.functions, settings, store, run_id="the-run", catalog=catalog)
    read, written = test_corpus.comparable(store.read("the-run")), test_corpus.comparable(record)
    assert read == written
    return record, with_values(record, catalog)


def outcome(record):
    return {path: (step.status, dict(step.outputs)) for path, step in record.steps.items()}


@pytest.mark.parametrize("name", CORPUS)
def test_a_pipeline_is_the_same_where_every_value_that_can_goes_through_the_store(name, tmp_path):
    found, plain, _ = whole_run(name)
    for concurrent in (False, True):
        _, loaded = run(found, tmp_path / "stored", concurrent=concurrent, spill_above=0)
        assert outcome(loaded) == outcome(plain)
        assert loaded.outputs == plain.outputs


# --- objects ---


@dataclass
class Model:
    name: str
    score: int


def make() -> Model:
    return Model("made", 1)


def make_of(item: int) -> Model:
    return Model(f"of {item}", item)


def improve(model: Model, round: int) -> tuple[Model, bool]:
    assert type(model) is Model
    return Model(model.name, model.score + 1), round == 2


def look(model: Model) -> str:
    return f"{model.name}: {model.score}"


def look_at_all(model: list[Model]) -> list[str]:
    return [look(one) for one in model]


def look_at_lists(model: list[list[Model]]) -> list[list[str]]:
    return [look_at_all(models) for models in model]


def best(models: list[Model]) -> Model:
    return max(models, key=lambda model: model.score)


def everything(**parameters: object) -> str:
    return look(parameters["model"])


def third() -> Fraction:
    return Fraction(1, 3)


def fail() -> None:
    raise RuntimeError("as it should")


def step(function, name="", returns=(), **options):
    return PythonTask(name=name or function.__name__, function=function, returns=list(returns), **options)


OBJECT = [pickled("model")]
MAKE, LOOK = (lambda: step(make, returns=OBJECT)), (lambda: step(look, returns=["seen"]))


def pipe(*steps):
    return Pipeline(steps=list(steps))


def mapped(*steps, name="map", over="items", item="item", **options):
    return Map(name=name, branch=pipe(*steps), iterate_on=over, iterate_as=item, **options)


def handled():
    failing = step(fail)
    failing.on_failure = pipe(LOOK())
    return pipe(MAKE(), failing)


PIPELINES = {
    "chain": (lambda: pipe(MAKE(), Stub(name="stub"), LOOK()), "made: 1"),
    "keyword arguments": (lambda: pipe(MAKE(), step(everything, returns=["seen"])), "made: 1"),
    "parallel": (
        lambda: pipe(Parallel(name="p", branches={"a": pipe(MAKE()), "b": pipe(Stub(name="s"))}), LOOK()),
        "made: 1",
    ),
    "into a branch": (lambda: pipe(MAKE(), Parallel(name="p", branches={"a": pipe(LOOK())})), "made: 1"),
    "map": (
        lambda: pipe(mapped(step(make_of, returns=OBJECT)), step(look_at_all, returns=["seen"])),
        ["of 3: 3", "of 5: 5"],
    ),
    "map in a map": (
        lambda: pipe(
            mapped(mapped(step(make_of, returns=OBJECT), over="row"), name="rows", over="grid", item="row"),
            step(look_at_lists, returns=["seen"]),
        ),
        [["of 1: 1", "of 2: 2"], ["of 3: 3"]],
    ),
    "map over objects": (
        lambda: pipe(
            mapped(step(make_of, returns=OBJECT)),
            Map(name="looks", branch=pipe(LOOK()), iterate_on="model", iterate_as="model"),
        ),
        ["of 3: 3", "of 5: 5"],
    ),
    "reducer": (lambda: pipe(mapped(step(make_of, returns=OBJECT), reducer=best), LOOK()), "of 5: 5"),
    "lambda reducer": (
        lambda: pipe(mapped(step(make_of, returns=OBJECT), reducer="lambda *models: models[0]"), LOOK()),
        "of 3: 3",
    ),
    "counted": (lambda: pipe(mapped(step(make_of, returns=[pickled("seen")]), reducer="len")), 2),
    "conditional": (
        lambda: pipe(
            MAKE(), Conditional(name="c", parameter="side", branches={"heads": pipe(LOOK()), "tails": pipe(MAKE())})
        ),
        "made: 1",
    ),
    "loop": (
        lambda: pipe(
            MAKE(),
            Loop(
                name="l",
                branch=pipe(step(improve, returns=[*OBJECT, "done"])),
                max_iterations=5,
                break_on="done",
                index_as="round",
            ),
            LOOK(),
        ),
        "made: 4",
    ),
    "handler": (handled, "made: 1"),
    "shell beside": (
        lambda: pipe(MAKE(), ShellTask(name="shell", command="printenv model || export seen=none", returns=["seen"])),
        "none",
    ),
    "retried": (lambda: pipe(MAKE(), step(look, returns=["seen"], retry=1)), "made: 1"),
}
PARAMETERS = {"items": [3, 5], "grid": [[1, 2], [3]], "side": "heads"}


@pytest.mark.parametrize("name", PIPELINES)
@pytest.mark.parametrize("concurrent", [False, True])
def test_objects_go_through_every_construct(name, concurrent, tmp_path):
    make_pipeline, seen = PIPELINES[name]
    found = build(make_pipeline(), __file__)
    found = replace(found, program=replace(found.program, parameters=PARAMETERS))
    assert not diagnose(found), [d.render() for d in diagnose(found)]
    record, loaded = run(found, tmp_path, concurrent=concurrent)
    assert record.status is Status.SUCCEEDED, record.message
    assert loaded.outputs["seen"] == seen
    keys = [v.key for s in record.steps.values() for v in s.outputs.values() if isinstance(v, Reference)]
    assert len(keys) == len(set(keys))
    assert keys


def test_a_notebook_takes_objects_that_it_mentions_and_returns_them(tmp_path, monkeypatch):
    nbformat = pytest.importorskip("nbformat")
    cells = ["assert model == Fraction(1, 3)\nmodel += 1", "class Own:\n    pass\nown = Own()", "other = 'no object'"]
    cells[:0] = ["from fractions import Fraction"]
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    (tmp_path / "pyproject.toml").write_text("")
    (tmp_path / "nb.ipynb").write_text(nbformat.writes(notebook))
    monkeypatch.chdir(tmp_path)
    train = NotebookTask(name="train it", notebook="nb.ipynb", returns=[*OBJECT, pickled("own"), "other"])
    found = build(pipe(step(third, returns=OBJECT), train), str(tmp_path / "pipeline.py"))
    assert not diagnose(found), [d.render() for d in diagnose(found)]
    record, loaded = run(found, tmp_path)
    assert record.status is Status.SUCCEEDED, record.message
    assert loaded.outputs["model"] == Fraction(4, 3)
    assert type(loaded.outputs["own"]).__name__ == "Own"
    (file,) = record.steps["train it"].attempts[0].files
    assert (file["path"], file["stage"]) == ("nb-trainit_out.ipynb", "put")
    assert (tmp_path / "catalog-False" / "the-run" / "nb-trainit_out.ipynb").exists()
