from runnable import Parallel, Pipeline, ShellTask


def login(name):
    return ShellTask(name=name, command="login", secrets=["DATABASE_USER", "DATABASE_PASSWORD"])


Pipeline(
    steps=[
        login("first"),
        Parallel(name="both", branches={"a": login("again").as_pipeline(), "b": login("again").as_pipeline()}),
    ]
).execute()
