from runnable import Pipeline, TemplateTask

Pipeline(steps=[TemplateTask(name="score", template="risk-tools", entrypoint="score")]).execute()
