"""A plot and an executed notebook, which Argo's page shows:  python examples/23-artifacts/artifacts.py

There with a configuration that says so, and an artifact repository of the namespace:

    runnable compile -c examples/configs/argo-pages.yaml examples/23-artifacts/artifacts.py
"""

from pathlib import Path

from runnable import Catalog, NotebookTask, Pipeline, PythonTask

PLOT = "out/artifacts/plot.svg"


def draw(heights: list[int]) -> None:
    bars = [f'<rect x="{20 * i}" y="{50 - h}" width="15" height="{h}"/>' for i, h in enumerate(heights)]
    Path(PLOT).parent.mkdir(parents=True, exist_ok=True)
    Path(PLOT).write_text(f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 100 50">{"".join(bars)}</svg>\n')


def main():
    pipeline = Pipeline(
        name="plots",
        steps=[
            PythonTask(name="draw", function=draw, catalog=Catalog(put=[PLOT])),
            NotebookTask(name="describe", notebook="examples/common/simple_notebook.ipynb"),
        ],
    )
    pipeline.execute(parameters={"heights": [10, 40, 25]})
    return pipeline


if __name__ == "__main__":
    main()
