from runnable import Map, Pipeline, Stub

each = Pipeline(steps=[Stub(name="size")])
Pipeline(steps=[Map(name="each", branch=each, iterate_on="numbers", iterate_as="number")]).execute(
    parameters={"numbers": list(range(20_000))}
)
