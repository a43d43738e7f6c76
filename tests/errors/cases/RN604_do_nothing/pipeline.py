from runnable import Pipeline, PythonTask, pickled


def train():
    return object()


Pipeline(steps=[PythonTask(name="train", function=train, returns=[pickled("model")])]).execute()
