from runnable import Pipeline, Stub

a = Stub(name="a", terminate_with_failure=True)
b = Stub(name="b").after(a)
Pipeline(steps=[Stub(name="c").after(b), b, a]).execute()
