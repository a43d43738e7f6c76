from runnable import Catalog, Map, Parallel, Pipeline, ShellTask


def write(name: str) -> Pipeline:
    return Pipeline(steps=[ShellTask(name=name, command="date > out.txt", catalog=Catalog(put=["out.txt"]))])


Pipeline(
    steps=[
        Parallel(name="both", branches={"left": write("a"), "right": write("b")}),
        Map(name="each", branch=write("c"), iterate_on="xs", iterate_as="x"),
    ]
).execute(parameters_file="parameters.yaml")
