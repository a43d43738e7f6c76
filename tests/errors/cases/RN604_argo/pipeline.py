from runnable import Catalog, Pipeline, PythonTask, ShellTask, pickled


def train():
    return object()


Pipeline(
    steps=[
        ShellTask(name="make", command="touch a.csv", catalog=Catalog(put=["a.csv", "b/*"])),
        PythonTask(name="train", function=train, returns=[pickled("model")], catalog=Catalog(get=["a.csv"])),
    ]
).execute()
