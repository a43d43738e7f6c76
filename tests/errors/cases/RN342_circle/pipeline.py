from runnable import Pipeline, Stub

a, b, c = (Stub(name=name) for name in "abc")
b.after(a)
b.after(c)
c.after(b)
Pipeline(steps=[a, b, c, Stub(name="d").after(c)]).execute()
