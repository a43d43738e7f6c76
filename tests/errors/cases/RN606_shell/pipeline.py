from runnable import Pipeline, PythonTask, ShellTask, pickled


def load():
    return {1, 2}


Pipeline(
    steps=[
        PythonTask(name="load", function=load, returns=[pickled("df")]),
        ShellTask(name="print", command='echo "${df}" $dfs'),
    ]
).execute()
