from runnable import Pipeline, PythonTask


def load():
    return 1


def fit(rows: int):
    pass


first = PythonTask(name="load", function=load, returns=["rows"])
Pipeline(steps=[first, PythonTask(name="fit", function=fit).after()]).execute()
