from runnable import Pipeline, PythonTask


def fit():
    return 1


Pipeline(steps=[PythonTask(name="fit", function=fit())]).execute()
