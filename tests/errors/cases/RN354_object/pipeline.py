from runnable import ContainerTask, Pipeline, PythonTask, param, pickled


def load():
    return object()


Pipeline(
    name="train",
    steps=[
        PythonTask(name="load", function=load, returns=[pickled("frame")]),
        ContainerTask(name="fit", image="trainer:1", command=["fit"], args=[param("frame")]),
    ],
).execute()
