"""Secrets reach the tasks that name them, and nothing that a run leaves."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from runnable import ExecutionFailedError, Pipeline, PythonTask, ShellTask
from tests.support.commands import command
from tests.support.paths import ROOT

VALUES = {
    "TOKEN": "s3cr3t-t0ken/42",
    "KEY": "first line 0123\nsecond line 4567",
    "NUMBER": "987654321",
    "CODE": "c0de77",
    "PIN": "12",
}
FRAGMENTS = ["s3cr3t-t0ken", "s3cr3t-t0ken%2F42", "first line 0123", "second line 4567", "987654321", "c0de77"]

PIPELINE = '''
import os
import subprocess
import sys

from runnable import Map, NotebookTask, Parallel, Pipeline, PythonTask, ShellTask


def use():
    """Print a secret in every way, and return it."""
    token = os.environ["TOKEN"]
    print("printed", token)
    sys.stdout.write(token[:5])
    sys.stdout.flush()
    sys.stdout.write(token[5:] + "\\n")
    print(os.environ["KEY"])
    for line in os.environ["KEY"].splitlines():
        print("   ", line, file=sys.stderr)
    sys.stdout.buffer.write(token.encode() + b"\\n")
    os.write(1, b"written " + token.encode() + b"\\n")
    subprocess.run(["sh", "-c", "printf %s \\"$TOKEN\\"; echo"], check=True)
    assert os.environ["PIN"] == "12"
    print({"n": int(os.environ["NUMBER"])})
    return {"code": [os.environ["CODE"]]}


def get(leaked):
    """A later step gets what the step before returned; the record does not show it."""
    assert leaked == {"code": ["c0de77"]}, leaked
    print(leaked)


def without():
    """A step that does not name it cannot see it."""
    found = [name for name in ("TOKEN", "KEY", "NUMBER", "PIN") if name in os.environ]
    assert not found, found
    inherited = subprocess.run(["sh", "-c", "echo ${TOKEN-unset}"], capture_output=True, text=True).stdout
    assert inherited == "unset\\n", inherited


def boom():
    raise ValueError("cannot log in with " + os.environ["TOKEN"])


def main():
    secrets = ["TOKEN", "KEY", "NUMBER", "CODE", "PIN"]
    failing = PythonTask(name="boom", function=boom, secrets=["TOKEN"])
    failing.on_failure = PythonTask(name="mend", function=without).as_pipeline()
    body = ShellTask(name="shout", command="echo $TOKEN $n; [ -z \\"${KEY+x}\\" ]", secrets=["TOKEN"]).as_pipeline()
    Pipeline(
        steps=[
            PythonTask(name="before", function=without),
            PythonTask(name="use", function=use, returns=["leaked"], secrets=secrets),
            PythonTask(name="get", function=get),
            PythonTask(name="after", function=without),
            ShellTask(name="shell", command="echo $TOKEN; echo $KEY >&2; export said=$CODE", returns=["said"],
                      secrets=secrets),
            ShellTask(name="other shell", command="[ -z \\"${TOKEN+x}\\" ]"),
            NotebookTask(name="book", notebook="book.ipynb", secrets=["TOKEN", "KEY"]),
            Map(name="each", branch=body, iterate_on="ns", iterate_as="n"),
            Parallel(name="p", branches={"a": failing.as_pipeline()}),
        ]
    ).execute(parameters_file="parameters.yaml")


if __name__ == "__main__":
    main()
'''
CELLS = [
    "import os\nprint(os.environ['TOKEN'])\nprint(os.environ['KEY'])\nos.environ['TOKEN']",
    "import sys\nsys.stderr.write(os.environ['TOKEN'])\nseen = 1",
]
SOURCES = {
    "environment": "",
    "prefixed": "secrets: {type: env-secrets, config: {prefix: MY_}}\n",
    "dotenv": "secrets: {type: dotenv, config: {location: the.env}}\n",
}
MODES = {
    "sequential": "",
    "concurrent": "pipeline-executor: {type: local, enable_parallel: true}\nrun-log-store: {type: chunked-fs}\n",
}


@pytest.fixture
def project(tmp_path):
    (tmp_path / "pyproject.toml").touch()
    (tmp_path / "pipe.py").write_text(PIPELINE)
    (tmp_path / "parameters.yaml").write_text("ns: [1, 2]\n")
    cells = [
        {"cell_type": "code", "id": f"c{n}", "metadata": {}, "source": source, "outputs": [], "execution_count": None}
        for n, source in enumerate(CELLS)
    ]
    book = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "book.ipynb").write_text(json.dumps(book))
    return tmp_path


def run(project: Path, source: str, mode: str) -> subprocess.CompletedProcess[str]:
    variables = {}
    match source:
        case "environment":
            variables = VALUES
        case "prefixed":
            variables = {f"MY_{name}": value for name, value in VALUES.items()}
        case "dotenv":
            lines = [f'{name}="{value}"' for name, value in VALUES.items()]
            (project / "the.env").write_text("# secrets\nexport " + "\n".join(lines) + "\n")
    (project / "configuration.yaml").write_text(SOURCES[source] + MODES[mode])
    environment = {**os.environ, **variables, "RUNNABLE_CONFIGURATION_FILE": "configuration.yaml"}
    return subprocess.run([sys.executable, "pipe.py"], cwd=project, env=environment, capture_output=True, text=True)


@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("source", SOURCES)
def test_secrets_are_in_nothing_that_a_run_leaves(project, source, mode):
    ended = run(project, source, mode)
    shown = ended.stdout + ended.stderr
    assert ended.returncode == 0, shown
    assert "cannot log in with <secret:TOKEN>" in shown
    assert "secrets of fewer than 4 characters are not replaced in what is printed: PIN" in shown
    left = [
        p for p in project.rglob("*") if p.is_file() and p.name not in ("the.env", "pipe.py") and p.suffix != ".pyc"
    ]
    texts = {"what was shown": shown, **{str(p): p.read_text(errors="replace") for p in left}}
    assert any("<secret:TOKEN>" in text for name, text in texts.items() if name.endswith(".log"))
    assert any("<secret:TOKEN>" in text for name, text in texts.items() if name.endswith(".ipynb"))
    for name, text in texts.items():
        for fragment in FRAGMENTS:
            assert fragment not in text, f"{fragment} is in {name}"


LONG = "Zq7Xk2Wv9Tb4Rn8Lm3Pj6Hd1Gf5Sc0YaUe"


def long_message(before: int):
    raise ValueError("x" * before + os.environ["TOKEN"] + "y" * 20_000)


@pytest.mark.parametrize("before", [960, 975, 3900, 3910, 3920, 7970, 8000, 8010])
def test_a_secret_at_the_place_where_a_message_or_traceback_is_cut_is_not_left_in_part(
    before, monkeypatch, tmp_path, capfd
):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKEN", LONG)
    command = f"printf '%0{before % 500 + 470}d%s%0900d\\n' 0 $TOKEN 0 >&2; exit 3"
    steps = [
        PythonTask(name="f", function=long_message, arguments={"before": before}, secrets=["TOKEN"]),
        ShellTask(name="s", command=command, secrets=["TOKEN"]),
    ]
    for step in steps:
        with pytest.raises(ExecutionFailedError) as failed:
            Pipeline(steps=[step]).execute()
        printed = capfd.readouterr()
        texts = [str(failed.value), printed.out, printed.err]
        texts += [file.read_text() for file in (tmp_path / ".run_log_store").rglob("*") if file.is_file()]
        for text in texts:
            assert not [start for start in range(len(LONG) - 3) if LONG[start : start + 4] in text]


def test_the_example_runs_and_shows_no_value():
    environment = {**os.environ, "RUNNABLE_CONFIGURATION_FILE": "examples/secrets/dotenv.yaml"}
    ended = subprocess.run(
        [sys.executable, "examples/secrets/publish.py"], cwd=ROOT, env=environment, capture_output=True, text=True
    )
    assert ended.returncode == 0, ended.stderr
    assert "publishing 'all is well' with <secret:PUBLISH_TOKEN>" in ended.stdout
    assert "t0ken-of-the-example" not in ended.stdout + ended.stderr


def test_the_example_compiles_with_references():
    ended = command("compile", "-c", "examples/secrets/argo.yaml", "examples/secrets/publish.py", cwd=ROOT)
    assert ended.returncode == 0, ended.stderr
    assert "secretKeyRef:\n            name: publishing\n            key: token\n" in ended.stdout


def returns(monkeypatch, tmp_path, value, configuration="") -> str:
    """What a run says of a step that returns the value of its secret."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKEN", value)
    (tmp_path / "configuration.yaml").write_text(configuration)
    step = ShellTask(name="login", command="export session=Bearer-$TOKEN", returns=["session"], secrets=["TOKEN"])
    try:
        record = Pipeline(steps=[step]).execute(configuration_file="configuration.yaml")
    except ExecutionFailedError as error:
        return str(error)
    assert record is not None
    return str(record.steps["login"].outputs["session"])


def test_a_value_cannot_be_returned(monkeypatch, tmp_path):
    said = returns(monkeypatch, tmp_path, "s3cr3t-t0ken")
    assert "session holds the value of the secret TOKEN" in said
    assert "s3cr3t-t0ken" not in said


def test_a_short_value_may_be_returned_and_is_not_recorded(monkeypatch, tmp_path):
    assert returns(monkeypatch, tmp_path, "s3cr3t") == "Bearer-<secret:TOKEN>"


def test_do_nothing_gives_empty_values(monkeypatch, tmp_path):
    assert returns(monkeypatch, tmp_path, "s3cr3t-t0ken", "secrets: {type: do-nothing}") == "Bearer-"


def test_the_environment_is_as_it_was_after_a_run(monkeypatch, tmp_path):
    returns(monkeypatch, tmp_path, "s3cr3t")
    assert os.environ["TOKEN"] == "s3cr3t"


def test_a_step_may_be_tried_again_with_its_secret(monkeypatch, tmp_path):
    """In the published package the second step, or attempt, that wants a secret does not find it."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKEN", "s3cr3t")
    again = ShellTask(name="b", command="[ $TOKEN = s3cr3t ] && [ $RUNNABLE_STEP_ATTEMPT = 2 ]", retry=1)
    again.secrets = ["TOKEN"]
    first = ShellTask(name="a", command="[ $TOKEN = s3cr3t ]", secrets=["TOKEN"])
    record = Pipeline(steps=[first, again]).execute()
    assert record is not None
    assert len(record.steps["b"].attempts) == 2


def test_what_a_record_does_not_have_is_not_resumed_from(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("TOKEN", "s3cr3t")
    login = ShellTask(name="login", command="echo x >> logins; export got=$TOKEN", returns=["got"], secrets=["TOKEN"])
    other = ShellTask(name="other", command="echo x >> others; export n=1", returns=["n"])
    use = ShellTask(name="use", command="[ $got = s3cr3t ] && [ -e go ]")
    pipeline = Pipeline(steps=[login, other, use])
    with pytest.raises(ExecutionFailedError) as failed:
        pipeline.execute()
    (tmp_path / "go").touch()
    monkeypatch.setenv("RUNNABLE_RETRY_RUN_ID", failed.value.run_id)
    record = pipeline.execute()
    assert record is not None
    assert (len((tmp_path / "logins").read_text().split()), len(record.steps["login"].attempts)) == (2, 2)
