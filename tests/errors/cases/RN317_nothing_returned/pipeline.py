from runnable import Pipeline, PythonTask


def train() -> None:
    pass


Pipeline(steps=[PythonTask(name="train", function=train, returns=["model"])]).execute()
