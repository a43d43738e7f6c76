from pydantic import BaseModel

from runnable import Map, Pipeline, PythonTask


class Training(BaseModel):
    rate: float
    epochs: int = 3


def train(training: Training, seed: int):
    pass


def work(size: int):
    pass


Pipeline(
    steps=[
        PythonTask(name="train", function=train),
        Map(
            name="sizes",
            branch=PythonTask(name="work", function=work).as_pipeline(),
            iterate_on="sizes",
            iterate_as="size",
        ),
    ]
).execute()
