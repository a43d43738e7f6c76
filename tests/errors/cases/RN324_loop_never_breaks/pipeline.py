from runnable import Loop, Pipeline, PythonTask


def improve(score: float = 0.0) -> tuple[float, str]:
    return score + 0.1, "no"


def check(score: float) -> bool:
    return score > 0.5


Pipeline(
    steps=[
        Loop(
            name="search",
            branch=PythonTask(name="improve", function=improve, returns=["score", "good"]).as_pipeline(),
            max_iterations=10,
            break_on="good",
            index_as="i",
        ),
        PythonTask(name="check", function=check, returns=["enough"]),
        Loop(
            name="refine",
            branch=PythonTask(name="improve", function=improve, returns=["score", "better"]).as_pipeline(),
            max_iterations=10,
            break_on="enough",
            index_as="i",
        ),
    ]
).execute()
