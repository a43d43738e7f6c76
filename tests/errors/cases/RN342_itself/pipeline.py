from runnable import Pipeline, Stub

a = Stub(name="a")
Pipeline(steps=[a.after(a)]).execute()
