from runnable import Pipeline, PythonTask, Stub


def load():
    return 1


Pipeline([PythonTask(name="load", function=load), Stub(name="end")]).execute()
