from runnable import Map, Pipeline, PythonTask


def work(x: int) -> int:
    return x


def three(a, b, c):
    return a


def each(name, reducer):
    branch = PythonTask(name="work", function=work, returns=["y"]).as_pipeline()
    return Map(name=name, branch=branch, iterate_on="xs", iterate_as="x", reducer=reducer)


Pipeline(
    steps=[
        each("three", three),
        each("none", "lambda: 1"),
        each("unknown name", "lambda xs: summ(xs)"),
        each("not a lambda", "lambda xs: xs, 1"),
        each("module", "statistic.mean"),
        each("no name", "mean of all"),
        each("in brackets", "(lambda xs: sum(xs) / len(xs))"),
    ]
).execute()
