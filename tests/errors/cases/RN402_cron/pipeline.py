from runnable import Pipeline, Stub

Pipeline(name="orders", steps=[Stub(name="take")]).execute()
