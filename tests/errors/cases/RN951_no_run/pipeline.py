from runnable import Map, Pipeline, PythonTask


def price(item: int) -> int:
    return item * 2


each = PythonTask(name="price", function=price, returns=["prices"]).as_pipeline()
Pipeline(
    name="never-run",
    steps=[Map(name="each", branch=each, iterate_on="items", iterate_as="item", batch="auto")],
).execute(parameters_file="items.yaml")
