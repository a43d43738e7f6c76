from runnable import Conditional, Loop, Map, Parallel, Pipeline, PythonTask, ShellTask


def needs_x(x: int):
    pass


def needs_size(size: int):
    pass


def needs(name: str):
    return PythonTask(name=f"needs {name}", function={"x": needs_x, "size": needs_size}[name])


x = ShellTask(name="x", command="export x=1", returns=["x"], on_failure=needs("x").as_pipeline())
again = ShellTask(name="again", command="export ended=true", returns=["ended"]).as_pipeline()
later = ShellTask(name="size", command="export size=1", returns=["size"])
Pipeline(
    steps=[
        x,
        Loop(name="until", branch=again, break_on="end", index_as="i", max_iterations=3),
        Map(name="each", branch=needs("size").as_pipeline(), iterate_on="items", iterate_as="item"),
        later,
    ]
).execute(parameters_file="parameters.yaml")
