from runnable import HttpTask, Pipeline, TemplateTask, param, secret

Pipeline(
    steps=[
        HttpTask(
            name="ask",
            url="ftp://example.com/" + param("city"),
            method="FETCH",
            headers={"Authorization": "Bearer " + secret("TOKEN"), "X Y": "z"},
            body=3,
            success="response.status == 200",
            returns=["one", "two"],
        ),
        TemplateTask(
            name="score",
            template="Risk Tools",
            entrypoint="",
            arguments={"a b": 1, "mode": "{{workflow.name}}"},
            returns={"score": "total score"},
            locally={"other": {1}},
        ),
    ]
).execute()
