"""Extract, transform, load: what Apache Airflow's example DAG tutorial_taskflow_api does."""

import json

from runnable import Pipeline, PythonTask


def extract() -> dict[str, float]:
    return json.loads('{"1001": 301.27, "1002": 433.21, "1003": 502.22}')


def transform(orders: dict[str, float]) -> float:
    return sum(orders.values())


def load(total_value: float) -> None:
    print(f"total order value is {total_value:.2f}")


def main():
    pipeline = Pipeline(
        name="etl",
        steps=[
            PythonTask(name="extract", function=extract, returns=["orders"], retry=2),
            PythonTask(name="transform", function=transform, returns=["total_value"]),
            PythonTask(name="load", function=load),
        ],
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
