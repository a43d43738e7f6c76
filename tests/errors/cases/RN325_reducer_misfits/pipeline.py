from runnable import Map, Pipeline, PythonTask


def name(item: int) -> str:
    return str(item)


def describe(item: int) -> dict[str, int]:
    return {"item": item}


def each(reducer, function):
    branch = PythonTask(name="work", function=function, returns=["result"]).as_pipeline()
    return Map(name=reducer, branch=branch, iterate_on="items", iterate_as="item", reducer=reducer)


Pipeline(steps=[each("sum", name), each("max", describe)]).execute()
