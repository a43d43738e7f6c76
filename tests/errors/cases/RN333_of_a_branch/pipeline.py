from runnable import Parameter, Parallel, Pipeline, Stub

inner = Pipeline(steps=[Stub(name="a")], parameters=[Parameter(name="n", type=int, default=1)])
Pipeline(
    steps=[Parallel(name="both", branches={"one": inner})],
    parameters=[Parameter(name="n", type=int, default=1), Parameter(name="n", type=str)],
).execute()
