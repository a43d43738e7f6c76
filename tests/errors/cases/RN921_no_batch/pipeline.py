from runnable import Map, Pipeline, ShellTask, Stub


def items(name, *steps, **options):
    return Map(name=name, branch=Pipeline(steps=list(steps)), iterate_on="xs", iterate_as="x", batch=10, **options)


def task(name, **options):
    return ShellTask(name=name, command="true", **options)


Pipeline(
    steps=[
        items("mixed", task("a"), Stub(name="rest"), task("b")),
        items("different", task("a"), task("b", image="registry.example.com/b:1")),
        items("locked", task("a"), task("b")),
    ]
).execute(parameters={"xs": [1, 2]})
