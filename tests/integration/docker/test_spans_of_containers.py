"""Spans that code in a container sends by itself reach a collector, within the span of its attempt."""

import os
import re
import shutil
import socket
import subprocess
import sys
import uuid
from importlib.metadata import PackageNotFoundError, distribution

import pytest

from tests.support.collector import Collector
from tests.support.images import docker, runtime_image

pytestmark = [pytest.mark.docker, pytest.mark.timeout(300)]
PACKAGES = ("opentelemetry-sdk", "opentelemetry-exporter-otlp-proto-http")
PIPELINE = """
import os
from runnable import Pipeline, PythonTask


def work() -> str:
    from opentelemetry import trace
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    around = TraceContextTextMapPropagator().extract({"traceparent": os.environ["TRACEPARENT"]})
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(OTLPSpanExporter()))
    with provider.get_tracer("mine").start_as_current_span("my own", context=around):
        pass
    provider.shutdown()
    return os.environ["RUNNABLE_STEP_ATTEMPT"]


def main():
    steps = [PythonTask(name=name, function=work, returns=[name]) for name in ("one", "two")]
    Pipeline(name="traced", steps=steps).execute()


if __name__ == "__main__":
    main()
"""
CONFIGURATION = """
pipeline-executor:
  type: local-container
  config:
    docker_image: IMAGE
    reuse: REUSE
    environment: {OTEL_EXPORTER_OTLP_ENDPOINT: "URL", OTEL_SERVICE_NAME: in the container}
run-log-store: {type: chunked-fs}
"""


def needed(*names):
    """The distributions that those of these names need, themselves included, as they are installed here."""
    found, waiting = {}, list(names)
    while waiting:
        name = waiting.pop()
        try:
            one = distribution(name)
        except PackageNotFoundError:  # for another Python
            continue
        if one.name not in found:
            found[one.name] = one
            waiting += [re.match(r"[\w.-]+", text).group() for text in one.requires or () if "extra ==" not in text]
    return found.values()


@pytest.fixture(scope="module")
def image(tmp_path_factory):
    """The runtime image with the packages of OpenTelemetry, as they are here, and the pipeline's file."""
    folder = tmp_path_factory.mktemp("image")
    for one in needed(*PACKAGES):
        for file in one.files or ():
            if ".." not in file.parts and "__pycache__" not in file.parts:
                target = folder / "packages" / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(file.locate(), target)
    (folder / "traced.py").write_text(PIPELINE)
    copied = "COPY packages /opt/telemetry\nCOPY traced.py /app/\nENV PYTHONPATH=/opt/telemetry:$PYTHONPATH\n"
    (folder / "Dockerfile").write_text(f"FROM {runtime_image()}\n{copied}")
    tag = f"runnable-test-spans:{uuid.uuid4().hex[:8]}"
    docker("build", "--network", "none", "-t", tag, str(folder))
    yield tag
    docker("rmi", "-f", tag, check=False)


@pytest.fixture
def collector():
    """A collector at the address that this machine has for containers."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("203.0.113.1", 9))  # nothing is sent
        address = probe.getsockname()[0]
    with Collector(address) as found:
        yield found


@pytest.mark.parametrize("reuse", [False, True], ids=["one for each task", "one for all"])
def test_a_span_of_the_users_code_in_a_container_is_within_that_of_its_attempt(reuse, image, collector, tmp_path):
    (tmp_path / "traced.py").write_text(PIPELINE)
    text = CONFIGURATION.replace("IMAGE", image).replace("REUSE", str(reuse).lower()).replace("URL", collector.url)
    (tmp_path / "c.yaml").write_text(text)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("OTEL_")}
    ended = subprocess.run(
        [sys.executable, "-m", "runnable.cli", "run", "-c", "c.yaml", "traced.py"],
        cwd=tmp_path,
        env={**inherited, "OTEL_EXPORTER_OTLP_ENDPOINT": collector.url, "NO_PROXY": "*", "no_proxy": "*"},
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 0, ended.stderr
    assert "spans" not in ended.stderr
    own = [one for one in collector.spans if one.name == "my own"]
    attempts = [one for one in collector.spans if one.name.startswith("attempt ")]
    assert sorted(one.name for one in attempts) == ["attempt one", "attempt two"]  # each once: not by the container too
    assert sorted(one.parent for one in own) == sorted(one.own for one in attempts)
    assert {one.service for one in own} == {"in the container"}
    assert len({one.trace for one in collector.spans}) == 1
