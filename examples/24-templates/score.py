"""A step calls a template that another team has written for Argo:  python examples/24-templates/score.py

Here nothing is called: the step returns what `locally` says. On Argo it calls the template `score` of the
WorkflowTemplate `risk-tools` (risk-tools.yaml), with a parameter of this pipeline, and gets a parameter back.
"""

from runnable import Pipeline, PythonTask, TemplateTask, param


def choose() -> list[int]:
    return [3, 5, 8]


def decide(score: float) -> str:
    """The output of the template, a text, arrives as the number that it is."""
    verdict = "accepted" if score > 5 else "rejected"
    print(f"a score of {score}: {verdict}")
    return verdict


def main():
    pipeline = Pipeline(
        name="risk",
        steps=[
            PythonTask(name="choose", function=choose, returns=["amounts"]),
            TemplateTask(
                name="score",
                template="risk-tools",
                entrypoint="score",
                arguments={"amounts": param("amounts"), "mode": "strict"},
                returns={"score": "total-score"},
                locally={"score": 16.5},
            ),
            PythonTask(name="decide", function=decide, returns=["verdict"]),
        ],
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
