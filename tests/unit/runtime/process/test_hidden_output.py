"""A pod's task that names secrets: nothing that it prints, in whichever way, shows one."""

import json
import os
import subprocess
import sys

import pytest

from runnable_runtime import protocol
from runnable_runtime.protocol import ReturnSpec, TaskSpec

TOKEN = "s3cr3t-t0ken"
STEPS = """
import os
import subprocess
import sys
import time

TOKEN = os.environ["TOKEN"]

def show():
    print("python", TOKEN)
    sys.stdout.write(TOKEN[:4])
    sys.stdout.flush()
    time.sleep(0.05)
    print(TOKEN[4:])
    os.write(2, b"descriptor " + TOKEN.encode() + b"\\n")
    subprocess.run(["sh", "-c", "echo process $TOKEN"], check=True)
    subprocess.Popen(["sh", "-c", "sleep 2 & echo background $TOKEN"]).wait()

def fail():
    raise ValueError("no access with " + TOKEN)

def leave():
    print("last words", TOKEN, flush=True)
    os._exit(7)

def give():
    return {"header": ["Bearer " + TOKEN]}

def short():
    print("pin", os.environ["PIN"])
    return os.environ["PIN"]
"""


@pytest.fixture
def start(tmp_path):
    (tmp_path / "steps.py").write_text(STEPS)

    def run(kind: str, target: str, *returns: str, secrets: tuple[str, ...] = ("TOKEN",), **environment: str):
        spec = TaskSpec(kind, target, "a step", tuple(ReturnSpec(name) for name in returns), secrets=secrets)
        command = [sys.executable, "-m", "runnable_runtime", "--protocol", str(protocol.PROTOCOL_VERSION)]
        command += ["--spec", json.dumps(spec.to_json()), "--inputs", "", "--outputs", "outputs.json"]
        variables = {**os.environ, "TOKEN": TOKEN, "PIN": "12345", **environment}
        ended = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, timeout=60)
        assert TOKEN not in ended.stdout + ended.stderr
        return ended

    return run


def test_python_descriptors_and_processes_are_redacted(start):
    ended = start("python", "steps:show")
    assert ended.returncode == 0, ended.stderr
    lines = ["python <secret:TOKEN>", "<secret:TOKEN>", "process <secret:TOKEN>", "background <secret:TOKEN>"]
    assert ended.stdout.splitlines() == lines
    assert ended.stderr == "descriptor <secret:TOKEN>\n"


def test_a_shell_is_redacted(start):
    ended = start("shell", "echo $TOKEN; echo $TOKEN >&2; exit 3")
    assert ended.returncode == 1
    assert (ended.stdout, ended.stderr.splitlines()[0]) == ("<secret:TOKEN>\n", "<secret:TOKEN>")


def test_tracebacks_and_messages_are_redacted(start):
    ended = start("python", "steps:fail")
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1] == "ValueError: no access with <secret:TOKEN> (steps.py:20 in fail)"


def test_last_words_of_a_process_that_dies_are_shown(start):
    ended = start("python", "steps:leave")
    assert ended.returncode == 7
    assert ended.stdout == "last words <secret:TOKEN>\n"


def test_a_secret_cannot_be_returned(start, tmp_path):
    ended = start("python", "steps:give", "headers")
    assert ended.returncode == 1
    assert "headers holds the value of the secret TOKEN" in ended.stderr
    assert not (tmp_path / "outputs.json").exists()


def test_a_value_that_may_be_there_by_chance_can_be_returned(start, tmp_path):
    ended = start("python", "steps:short", "pin", secrets=("PIN",))
    assert ended.returncode == 0, ended.stderr
    assert ended.stdout == "pin <secret:PIN>\n"
    assert json.loads((tmp_path / "outputs.json").read_text()) == {"pin": "12345"}


def test_a_secret_that_is_not_there_is_told(start):
    ended = start("shell", "true", secrets=("TOKEN", "GONE"))
    assert ended.returncode == protocol.EXIT_BAD_INPUT
    assert "the environment lacks the secrets GONE" in ended.stderr
