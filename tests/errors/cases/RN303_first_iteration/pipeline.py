from runnable import Conditional, Loop, Map, Pipeline, PythonTask, ShellTask, NotebookTask, Parallel, Stub, json, metric, pickled


def look(best: int):
    pass


Pipeline(
    steps=[
        Loop(
            name="search",
            branch=Pipeline(
                steps=[
                    PythonTask(name="look", function=look),
                    ShellTask(name="step", command="export best=1 done=true", returns=["best", "done"]),
                ]
            ),
            max_iterations=3,
            break_on="done",
            index_as="i",
        ),
    ]
).execute()
