"""Two steps need a password, a third must not have it:  PUBLISH_TOKEN=... python examples/secrets/publish.py

The value comes from the environment, or from where the configuration says:

    RUNNABLE_CONFIGURATION_FILE=examples/secrets/dotenv.yaml python examples/secrets/publish.py
    runnable compile --target argo -c examples/secrets/argo.yaml examples/secrets/publish.py
"""

from examples.common.functions import build_report, publish
from runnable import Pipeline, PythonTask, ShellTask


def main():
    pipeline = Pipeline(
        steps=[
            PythonTask(name="build", function=build_report, returns=["report"]),
            PythonTask(name="publish", function=publish, secrets=["PUBLISH_TOKEN"]),
            ShellTask(name="announce", command="echo announcing with $PUBLISH_TOKEN", secrets=["PUBLISH_TOKEN"]),
        ]
    )
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
