"""`mock: true` of the published package's configurations of jobs: the manifest is printed, and nothing is sent."""

from tests.support.commands import command
from tests.support.manifests import read

CONFIGURATION = """
job-executor:
  type: mini-k8s-job
  config:
    mock: true
    jobSpec: {template: {spec: {container: {image: "a:1"}}}}
"""


def test_a_job_is_printed_and_not_sent(tmp_path):
    (tmp_path / "c.yaml").write_text(CONFIGURATION)
    (tmp_path / "job.py").write_text('from runnable import ShellJob\n\nShellJob(command="true").execute("c.yaml")\n')
    ended = command("run", "job.py", cwd=tmp_path)
    assert ended.returncode == 0, ended.stderr
    (job,) = read(ended.stdout)
    assert (job["kind"], job["spec"]["template"]["spec"]["volumes"][-1]["name"]) == ("Job", "catalog")
    assert "nothing has been sent to the cluster" in ended.stderr
