"""Engines that are not there, or not for this user: the reason in the words of the operating system."""

import socket

import pytest

from runnable.container_engine import Engine, EngineMissing
from runnable.diagnostics.codes.containers import EngineUnavailable


def reason(monkeypatch, address):
    monkeypatch.setenv("DOCKER_HOST", address)
    with pytest.raises(EngineMissing) as caught:
        Engine.connect()
    assert caught.value.tried == address
    return str(caught.value)


def test_where_nobody_listens(monkeypatch):
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{unused.getsockname()[1]}"
        assert reason(monkeypatch, address) == "Connection refused"


def test_an_address_that_is_none(monkeypatch):
    assert "nonsense" in reason(monkeypatch, "nonsense")


def test_a_package_that_the_library_misses(monkeypatch):
    assert reason(monkeypatch, "ssh://host.invalid") == "Install paramiko package to enable ssh:// support"


def test_who_may_not_talk_to_an_engine_is_told_of_its_group():
    told = EngineUnavailable(tried="unix:///var/run/docker.sock", reason="Permission denied").render()
    assert "there is no container engine at unix:///var/run/docker.sock: Permission denied" in told
    assert "usermod -aG docker $USER" in told


def test_an_engine_that_refuses_is_there():
    told = EngineUnavailable(tried="", reason="page not found", refuses=True).render()
    assert told == "error[RN701]: the container engine refuses: page not found"
