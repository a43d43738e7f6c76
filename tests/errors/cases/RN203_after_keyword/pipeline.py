from runnable import Pipeline, Stub

a = Stub(name="a")
Pipeline(steps=[a, Stub(name="b", after=[a])]).execute()
