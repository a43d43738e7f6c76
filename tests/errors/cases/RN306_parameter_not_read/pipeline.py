from runnable import Conditional, Loop, Map, Pipeline, PythonTask, ShellTask, NotebookTask, Parallel, Stub, json, metric, pickled


def train(epochs: int = 3):
    pass


Pipeline(
    steps=[
        PythonTask(name="a", function=train),
    ]
).execute()
