"""What we write of Argo's API is what Hera's models have: each class, field, key and type."""

import types
import typing
from datetime import datetime

import pytest
from pydantic import BaseModel, RootModel

from runnable.targets.argo import hera_models
from runnable.targets.argo.api import core, meta, models
from runnable.targets.argo.api.objects import ApiObject
from tests.support.manifests import read
from tests.support.paths import ROOT

OURS = {
    (api.__name__, cls.__name__): (cls, getattr(hera_models, api.__name__.rpartition(".")[2]))
    for api in (core, meta, models)
    for cls in vars(api).values()
    if isinstance(cls, type) and issubclass(cls, ApiObject) and cls.__module__ == api.__name__
}
NOT_IN_AN_API = {"WorkflowObject"}


def shape(annotation):
    """A type with its models as names: their own, or that of what they hold."""
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is typing.Annotated:
        return shape(arguments[0])
    if origin is typing.Literal:
        return {type(one).__name__ for one in arguments}
    if origin in (typing.Union, types.UnionType):
        return set().union(*(shape(one) for one in arguments)) - {"NoneType"}
    if origin in (list, dict):
        return {f"{origin.__name__}[{'|'.join(sorted(shape(arguments[-1])))}]"}
    if isinstance(annotation, type) and issubclass(annotation, RootModel):
        return shape(annotation.model_fields["root"].annotation)
    if annotation is datetime:
        return {"str"}
    if isinstance(annotation, type) and not issubclass(annotation, BaseModel | ApiObject) and annotation is not dict:
        return {next(one.__name__ for one in (bool, int, float, str, object) if issubclass(annotation, one))}
    return {annotation.__name__}


@pytest.mark.parametrize(("api", "name"), [key for key in OURS if key[1] not in NOT_IN_AN_API])
def test_each_field_is_one_of_heras_model_with_its_key_and_a_type_that_it_takes(api, name):
    ours, theirs = OURS[api, name]
    fields = getattr(theirs, name).model_fields
    annotations = typing.get_type_hints(ours)
    for field, key in ours.keys_of_fields.items():
        own = fields[next(one for one, info in fields.items() if (info.alias or one) == key)]
        assert shape(annotations[field]) <= shape(own.annotation), field
    required = {info.alias or one for one, info in fields.items() if info.is_required()}
    assert required <= set(ours.keys_of_fields.values())


MANIFESTS = sorted((ROOT / "tests" / "golden" / "argo").glob("*.yaml"))


@pytest.mark.parametrize("path", MANIFESTS[::8], ids=lambda path: path.stem)
def test_heras_models_read_a_manifest_and_write_the_same(path):
    for document in read(path.read_text()):
        whole = getattr(hera_models.models, document["kind"]).model_validate(document)
        assert whole.model_dump(mode="json", by_alias=True, exclude_none=True) == document


def test_an_object_is_its_json_without_what_is_none():
    made = models.Template(name="x", dag=models.DAGTemplate(tasks=[models.DAGTask(name="a", depends=None)]))
    assert made == {"name": "x", "dag": {"tasks": [{"name": "a"}]}}
    assert (made.dag.tasks[0].name, made.inputs) == ("a", None)
    assert made.replaced(name=None, parallelism=3) == {"dag": {"tasks": [{"name": "a"}]}, "parallelism": 3}
    assert made.name == "x"
    with pytest.raises(KeyError):
        models.Template(nmae="x")
