from runnable import Parallel, Pipeline, Stub

inner, prepare, again = Stub(name="inner"), Stub(name="prepare"), Stub(name="prepare")
both = Parallel(name="both", branches={"one": Pipeline(steps=[inner])})

Pipeline(
    steps=[
        prepare,
        both,
        Stub(name="last").after(inner),
        Stub(name="report").after(
            again,
            "both",
        ),
    ]
).execute()
