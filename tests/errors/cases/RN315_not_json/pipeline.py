from dataclasses import dataclass

from pydantic import SecretStr

from runnable import Pipeline, PythonTask, json


class Model:
    """No dataclass: JSON has no form for it."""


@dataclass
class Batch:
    size: int
    model: Model


def model() -> Model:
    return Model()


def batch() -> Batch:
    return Batch(1, Model())


def token() -> SecretStr:
    return SecretStr("hidden")


Pipeline(
    steps=[
        PythonTask(name="model", function=model, returns=[json("model")]),
        PythonTask(name="batch", function=batch, returns=[json("batch")]),
        PythonTask(name="token", function=token, returns=["token"]),
    ]
).execute()
