from runnable import Conditional, Loop, Map, Pipeline, PythonTask, ShellTask, NotebookTask, Parallel, Stub, json, metric, pickled


def work():
    return ShellTask(name="w", command="export y=$x", returns=["y"]).as_pipeline()


Pipeline(
    steps=[
        ShellTask(name="a", command="export xs='[1]'", returns=["xs"]),
        Map(name="m1", branch=work(), iterate_on="xs", iterate_as="x", reducer="statistics.maen"),
        Map(name="m2", branch=work(), iterate_on="xs", iterate_as="x", reducer="no_such_module.f"),
        Map(name="m3", branch=work(), iterate_on="xs", iterate_as="x", reducer="lambda x: x +"),
        Map(name="m4", branch=work(), iterate_on="xs", iterate_as="x", reducer="maxx"),
        Map(name="m5", branch=work(), iterate_on="xs", iterate_as="x", reducer=lambda xs: xs),
    ]
).execute()
