"""Columns made of columns, each by a function of its name: what Hamilton's example hello_world does."""

from statistics import fmean, stdev

from runnable import Parallel, Pipeline, PythonTask


def table() -> tuple[list[float], list[float]]:
    return [1, 10, 50, 100, 200, 400], [10, 10, 20, 40, 40, 50]


def spend_per_signup(signups: list[float], spend: list[float]) -> list[float]:
    return [cost / count for cost, count in zip(spend, signups, strict=True)]


def spend_mean(spend: list[float]) -> float:
    return fmean(spend)


def spend_std_dev(spend: list[float]) -> float:
    return stdev(spend)


def spend_zero_mean(spend: list[float], spend_mean: float) -> list[float]:
    return [cost - spend_mean for cost in spend]


def spend_unit_variance(spend_zero_mean: list[float], spend_std_dev: float) -> list[float]:
    return [cost / spend_std_dev for cost in spend_zero_mean]


def show(spend_per_signup: list[float], spend_unit_variance: list[float]) -> None:
    for row in zip(spend_per_signup, spend_unit_variance, strict=True):
        print("{:8.3f} {:8.3f}".format(*row))


def step(function) -> PythonTask:
    return PythonTask(name=function.__name__, function=function, returns=[function.__name__])


def main():
    pipeline = Pipeline(
        name="marketing",
        steps=[
            PythonTask(name="table", function=table, returns=["signups", "spend"]),
            Parallel(
                name="columns",
                branches={
                    "ratio": step(spend_per_signup).as_pipeline(),
                    "scaled": Pipeline(
                        steps=[step(f) for f in (spend_mean, spend_std_dev, spend_zero_mean, spend_unit_variance)]
                    ),
                },
            ),
            PythonTask(name="show", function=show),
        ],
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
