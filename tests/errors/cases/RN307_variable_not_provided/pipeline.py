from runnable import Map, Pipeline, PythonTask, ShellTask


def find() -> list[str]:
    return ["a", "b"]


count = ShellTask(
    name="count",
    command="""wc -l data/${sample_ids}.txt > "$HOME/$sample.txt"
for line in 1 2; do echo $line ${other:-none} '$quoted' "$(awk '{ print $field }' x)"; done""",
)
Pipeline(
    steps=[
        PythonTask(name="find", function=find, returns=["samples"]),
        Map(name="each", iterate_on="samples", iterate_as="sample_id", branch=count.as_pipeline()),
        ShellTask(name="done", command="echo $SAMPLES"),
    ]
).execute()
