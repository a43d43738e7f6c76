from runnable import Pipeline, Stub

Pipeline(steps=[Stub(name="a")]).execute()
