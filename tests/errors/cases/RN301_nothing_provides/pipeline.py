from runnable import Conditional, Loop, Map, Pipeline, PythonTask, ShellTask, NotebookTask, Parallel, Stub, json, metric, pickled


def train(learn_rate: float, epochs: int = 3):
    pass


def report(accuracy: float):
    pass


def score():
    return 1.0


Pipeline(
    steps=[
        ShellTask(name="tune", command="export learning_rate=0.1", returns=["learning_rate"]),
        PythonTask(name="train", function=train),
        PythonTask(name="report", function=report),
        PythonTask(name="score", function=score, returns=["accuracy"]),
    ]
).execute()
