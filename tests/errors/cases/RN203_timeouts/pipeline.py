from runnable import Parallel, Pipeline, Stub

branch = Pipeline(steps=[Stub(name="s")], timeout="soon")
Pipeline(steps=[Parallel(name="p", branches={"a": branch}, timeout=-1)], timeout=True).execute()
