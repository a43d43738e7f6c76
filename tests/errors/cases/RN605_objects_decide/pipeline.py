from runnable import Conditional, Loop, Map, Pipeline, PythonTask, Stub, pickled


def make():
    return object()


def returning(name: str) -> PythonTask:
    return PythonTask(name=f"make {name}", function=make, returns=[pickled(name)])


nothing = Pipeline(steps=[Stub(name="nothing")])
Pipeline(
    steps=[
        returning("x"),
        Conditional(name="choose", parameter="x", branches={"a": nothing}),
        Map(name="each", branch=nothing, iterate_on="x", iterate_as="y"),
        Loop(
            name="again",
            branch=Pipeline(steps=[returning("done")]),
            break_on="done",
            index_as="n",
            max_iterations=3,
        ),
    ]
).execute()
