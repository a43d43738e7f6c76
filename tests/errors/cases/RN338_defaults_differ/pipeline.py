from runnable import Parameter, Pipeline, PythonTask


def load(rows=10): ...


def save(rows=20): ...


Pipeline(
    steps=[PythonTask(name="load", function=load), PythonTask(name="save", function=save)],
    parameters=[Parameter(name="rows")],
).execute()
