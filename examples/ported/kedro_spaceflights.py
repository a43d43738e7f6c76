"""Two tables are cleaned and joined, and a model is fitted and judged: the shape of Kedro's starter spaceflights."""

from runnable import Parallel, Pipeline, PythonTask, metric, pickled


class LinearModel:
    """Least squares with one feature."""

    def __init__(self, xs: list[float], ys: list[float]) -> None:
        mean_x, mean_y = sum(xs) / len(xs), sum(ys) / len(ys)
        spread = sum((x - mean_x) ** 2 for x in xs)
        self.slope = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True)) / spread
        self.start = mean_y - self.slope * mean_x

    def predict(self, x: float) -> float:
        return self.start + self.slope * x


def companies() -> dict[str, float]:
    raw = {"c1": "100%", "c2": "67%", "c3": "85%", "c4": "91%"}
    return {company: int(rating.rstrip("%")) / 100 for company, rating in raw.items()}


def shuttles() -> list[dict[str, str | float]]:
    raw = [("c1", "$1,325.0"), ("c2", "$1,780.0"), ("c3", "$1,520.0"), ("c4", "$1,410.0")]
    return [{"company": company, "price": float(price.strip("$").replace(",", ""))} for company, price in raw]


def join(companies: dict[str, float], shuttles: list[dict[str, str | float]]) -> list[list[float]]:
    return [[companies[str(shuttle["company"])], float(shuttle["price"])] for shuttle in shuttles]


def split(table: list[list[float]], test_size: float = 0.25) -> tuple[list[list[float]], list[list[float]]]:
    cut = int(len(table) * (1 - test_size))
    return table[:cut], table[cut:]


def train(train_rows: list[list[float]]) -> LinearModel:
    return LinearModel([row[0] for row in train_rows], [row[1] for row in train_rows])


def evaluate(model: LinearModel, test_rows: list[list[float]]) -> float:
    error = sum(abs(model.predict(x) - y) for x, y in test_rows) / len(test_rows)
    print(f"mean error {error:.1f}")
    return error


def main():
    tables = {
        "companies": PythonTask(name="companies", function=companies, returns=["companies"]).as_pipeline(),
        "shuttles": PythonTask(name="shuttles", function=shuttles, returns=["shuttles"]).as_pipeline(),
    }
    pipeline = Pipeline(
        name="spaceflights",
        steps=[
            Parallel(name="clean", branches=tables),
            PythonTask(name="join", function=join, returns=["table"]),
            PythonTask(name="split", function=split, returns=["train_rows", "test_rows"]),
            PythonTask(name="train", function=train, returns=[pickled("model")]),
            PythonTask(name="evaluate", function=evaluate, returns=[metric("mean_error")]),
        ],
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
