"""Fixtures for all tests: golden files, and the tiers that need a Docker engine or a cluster."""

import gc
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.browser import missing
from tests.support.order import Order
from tests.support.selection import Selection
from tests.support.tiers import UNNAMED, unnamed

# No test says how fast a machine is: a slow one draws examples slowly. The same examples every time, so that a failure
# is the doing of a change; `--hypothesis-profile search` draws others.
settings.register_profile("search", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("same", settings.get_profile("search"), derandomize=True)
settings.load_profile("same")

# As a terminal has it: a shell that starts the tests in the background makes them ignore Ctrl-C, and all they start;
# `nohup` does so with a terminal that goes away.
for _number in (signal.SIGHUP, signal.SIGQUIT):
    if signal.getsignal(_number) is signal.SIG_IGN:
        signal.signal(_number, signal.SIG_DFL)
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)


# No test cuts the power, and whatever else ends a process leaves to the system what it has written. On a busy disk each
# of the thousands of syncs of a test run takes milliseconds. That they are made, and when, is tested by their calls.
os.fsync = os.fdatasync = lambda descriptor: None

_MAIN = sys.modules["__main__"]


def pytest_addoption(parser):
    parser.addoption("--update-golden", action="store_true", help="rewrite golden files from what the code says now")
    parser.addoption("--representative", action="store_true", help="leave out tests marked `thorough`, and list them")
    parser.addoption("--deadline", type=float, help="seconds since 1970: tests that have not begun by then are skipped")


def pytest_xdist_auto_num_workers(config):
    """Three for two processors: tests wait for processes, locks and timeouts a fifth of their time."""
    processors = len(os.sched_getaffinity(0))
    return processors + processors // 2


def pytest_configure(config):
    config.pluginmanager.register(Selection())
    config.pluginmanager.register(Order())


@pytest.hookimpl(wrapper=True)
def pytest_collection():
    """What is collected stays until the end: garbage is neither looked for meanwhile, nor later among it."""
    gc.disable()
    try:
        return (yield)
    finally:
        gc.freeze()
        gc.enable()


@pytest.fixture(scope="session", autouse=True)
def _own_locks(tmp_path_factory) -> None:
    """Locks of the runs in these tests are not those of other runs of the user."""
    os.environ["XDG_STATE_HOME"] = str(tmp_path_factory.mktemp("state"))


@pytest.fixture
def golden(request) -> Callable[[Path, str], None]:
    """`golden(path, text)` fails unless the file at `path` holds `text`; `--update-golden` writes it instead."""

    def compare(path: Path, text: str) -> None:
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        assert path.exists(), f"{path} is missing: run pytest --update-golden and review what it writes"
        assert text == path.read_text(encoding="utf-8")

    return compare


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch):
    """No RUNNABLE_* variable of the developer's shell reaches a test."""
    for name in list(os.environ):
        if name.startswith("RUNNABLE_") and not name.startswith("RUNNABLE_CLUSTER"):
            monkeypatch.delenv(name)


@pytest.fixture(autouse=True)
def _main(monkeypatch):
    """Loading a user's file makes it `__main__`, and processes that are spawned run the file of that."""
    monkeypatch.setitem(sys.modules, "__main__", _MAIN)


def _reason_without(command: list[str], what: str) -> str | None:
    try:
        ended = subprocess.run(command, capture_output=True, text=True, timeout=30)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{what}: {error}"
    return None if ended.returncode == 0 else f"{what}: {ended.stderr.strip().splitlines()[-1:]}"


def pytest_collection_modifyitems(config, items):
    """Skip a tier, with the reason, where what it needs is not there."""
    config.stash[UNNAMED] = unnamed(items)
    reasons: dict[str, str | None] = {}
    checks = {
        "docker": lambda: _reason_without(["docker", "info"], "no Docker engine"),
        "browser": missing,
        "s3": lambda: None if os.environ.get("AWS_ENDPOINT_URL") else "no S3 server: AWS_ENDPOINT_URL is not set",
        "cluster": lambda: (
            "no cluster: KUBECONFIG is not set"
            if not os.environ.get("KUBECONFIG")
            else _reason_without(["kubectl", "get", "--raw", "/readyz"], "no cluster")
        ),
    }
    chosen = config.getoption("-m") or ""
    for item in items:
        for tier, check in checks.items():
            if tier in item.keywords and f"not {tier}" not in chosen:
                if tier not in reasons:
                    reasons[tier] = check()
                if reasons[tier]:
                    item.add_marker(pytest.mark.skip(reason=reasons[tier]))
