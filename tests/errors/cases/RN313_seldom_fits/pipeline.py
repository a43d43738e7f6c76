from runnable import Conditional, Map, Pipeline, PythonTask, Stub


def names() -> list[str]:
    return ["a"]


def join(names: list[dict]):
    pass


def fast(limit: int):
    pass


def size() -> str:
    return "5"


def sizes() -> list[str]:
    return ["5"]


def resize(size: int, sizes: list[float], either: int | str = 0):
    pass


Pipeline(
    steps=[
        PythonTask(name="names", function=names, returns=["names"]),
        PythonTask(name="join", function=join),
        PythonTask(name="size", function=size, returns=["size"]),
        PythonTask(name="sizes", function=sizes, returns=["sizes"]),
        PythonTask(name="either", function=size, returns=["either"]),
        PythonTask(name="resize", function=resize),
        Conditional(
            name="mode",
            parameter="mode",
            branches={
                "fast": PythonTask(name="fast", function=fast).as_pipeline(),
                "slow": Stub(name="slow").as_pipeline(),
            },
        ),
    ]
).execute()
