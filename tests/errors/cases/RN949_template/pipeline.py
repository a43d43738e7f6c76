from runnable import Pipeline, TemplateTask

SCORE = TemplateTask(name="score", template="risk-tools", entrypoint="score", returns=["total"])
Pipeline(steps=[SCORE]).execute()
