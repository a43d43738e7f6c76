"""One function, without a pipeline around it:  python examples/11-jobs/python_job.py

In a container, and on a cluster, every morning:

    RUNNABLE_CONFIGURATION_FILE=examples/configs/local-container.yaml python examples/11-jobs/python_job.py
    runnable compile --target k8s-job -c examples/configs/k8s-job.yaml examples/11-jobs/python_job.py
"""

from examples.common.functions import count_words
from runnable import PythonJob, metric


def main():
    job = PythonJob(
        function=count_words,
        returns=[metric("words")],
        retry=1,
        timeout="10m",
        resources={"cpu": "100m", "memory": "128Mi"},
    )
    job.execute(parameters_file="examples/11-jobs/text.yaml")
    return job


if __name__ == "__main__":
    main()
