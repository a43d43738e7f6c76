from runnable import Pipeline, PythonTask, Stub

a = Stub(name="a")
Pipeline(steps=[a, Stub(name="b").after("a"), Stub(name="c").after(len)]).execute()
