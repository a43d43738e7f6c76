"""Spans of OpenTelemetry: whether they are wanted, and sending them without ever waiting long for who takes them.

They are wanted where the standard variables name a collector, and only then the SDK is loaded. Nothing that goes wrong
with them is a failure of a task or a run.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import TYPE_CHECKING, Any

from runnable_runtime import __version__
from runnable_runtime.failures import Stopped, TaskFailure, how_to_install
from runnable_runtime.protocol import ATTEMPT_VARIABLE, RUN_ID_VARIABLE, TRACED_VARIABLE, TaskSpec
from runnable_runtime.values.parameters import with_numbers

if TYPE_CHECKING:
    from opentelemetry.context import Context
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.trace import Span

    from runnable_runtime.redaction import Redactor

ENDPOINTS = ("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
_PROTOCOLS = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
_HTTP = ("", "http/protobuf")
LONGEST_FLUSH = 3.0
"""Seconds that a run, or a task in a pod, waits at its end for a collector to take what is left of its spans."""
PARENT = "TRACEPARENT"
RUN, STEP, ATTEMPT, STATUS, PIPELINE = (f"runnable.{name}" for name in ("run", "step", "attempt", "status", "pipeline"))
"""The attributes of spans."""


def wanted() -> bool:
    """Whether spans are to be sent: the variables name who takes them, and do not say otherwise."""
    if os.environ.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    exporters = os.environ.get("OTEL_TRACES_EXPORTER", "").strip().lower()
    return exporters in ("", "otlp") and any(os.environ.get(name, "").strip() for name in ENDPOINTS)


class CannotTrace(Exception):
    """Spans are wanted, and cannot be sent; the text says why, for people."""


class Spans:
    """Makes spans and sends them, in a thread of its own. Raises CannotTrace where that is not possible."""

    def __init__(self) -> None:
        protocol = next((os.environ[name].strip() for name in _PROTOCOLS if os.environ.get(name, "").strip()), "")
        if protocol not in _HTTP:
            raise CannotTrace(f"spans are not sent: they are sent by http/protobuf, not {protocol}")
        try:
            from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
            from opentelemetry.sdk.resources import SERVICE_NAME, Resource
            from opentelemetry.sdk.trace import TracerProvider
            from opentelemetry.sdk.trace.export import BatchSpanProcessor
        except ImportError as missing:
            raise CannotTrace(f"spans are not sent: {how_to_install('telemetry')} ({missing})") from None
        _quiet()
        own = {} if os.environ.get("OTEL_SERVICE_NAME") else {SERVICE_NAME: "runnable"}
        self._provider: TracerProvider = TracerProvider(resource=Resource.create(own), shutdown_on_exit=False)
        self._provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
        self._tracer = self._provider.get_tracer("runnable", __version__)

    def begin(self, name: str, parent: Context, attributes: Mapping[str, Any], start: int | None = None) -> Span:
        """A span that begins now, or at `start`, in nanoseconds since 1970."""
        return self._tracer.start_span(name, parent, attributes=dict(attributes), start_time=start)

    def close(self) -> bool:
        """Send what is left; False if that takes longer than `LONGEST_FLUSH`, and what is left is given up."""
        from threading import Thread

        flush = Thread(target=self._provider.shutdown, daemon=True)
        flush.start()
        flush.join(LONGEST_FLUSH)
        return not flush.is_alive()


def _quiet() -> None:
    """Keep what the SDK says of collectors that do not answer out of the output of tasks."""
    import logging

    for name in ("opentelemetry.exporter", "opentelemetry.sdk"):
        logging.getLogger(name).setLevel(logging.CRITICAL)


def surrounding(run_id: str) -> Context:
    """What the first span here is a part of: that of `TRACEPARENT`, else the trace of the run, which its id makes.

    So the pods of a workflow are in one trace, also where Argo makes no spans.
    """
    from opentelemetry.trace import NonRecordingSpan, SpanContext, TraceFlags, set_span_in_context
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

    from runnable_runtime.digests import sha256

    if os.environ.get(PARENT):
        return TraceContextTextMapPropagator().extract({PARENT.lower(): os.environ[PARENT]})
    digest = sha256(run_id.encode()).digest()
    trace, span = int.from_bytes(digest[:16], "big"), int.from_bytes(digest[16:24], "big")
    parent = SpanContext(trace, span, is_remote=True, trace_flags=TraceFlags(TraceFlags.SAMPLED))
    return set_span_in_context(NonRecordingSpan(parent))


def parent_text(span: Span) -> str:
    """The value of `TRACEPARENT` for what runs within a span."""
    context = span.get_span_context()
    return f"00-{context.trace_id:032x}-{context.span_id:016x}-{int(context.trace_flags):02x}"


def finish(span: Span, status: str, message: str = "", end: int | None = None) -> None:
    """End a span with the status that a record has."""
    from opentelemetry.trace import Status, StatusCode

    span.set_attribute(STATUS, status)
    if status != "succeeded":
        span.set_status(Status(StatusCode.ERROR, message or status))
    span.end(end)


def attempt_of(spec: TaskSpec, inputs: str, redactor: Redactor | None) -> AbstractContextManager[None]:
    """The span of a task in a pod, during the block; nothing where none is wanted, or its launcher makes it."""
    if not wanted() or os.environ.get(TRACED_VARIABLE):
        return nullcontext()
    return _attempt(spec, inputs, redactor)


@contextmanager
def _attempt(spec: TaskSpec, inputs: str, redactor: Redactor | None) -> Iterator[None]:
    try:
        spans = Spans()
    except CannotTrace as reason:
        print(reason, file=sys.stderr)
        yield
        return
    run_id = os.environ.get(RUN_ID_VARIABLE, "")
    path = with_numbers(spec.name, inputs)
    number = int(os.environ.get(ATTEMPT_VARIABLE) or 1)
    span = spans.begin(f"attempt {spec.name}", surrounding(run_id), {RUN: run_id, STEP: path, ATTEMPT: number})
    before = os.environ.get(PARENT)
    os.environ[PARENT] = parent_text(span)
    status, message = "interrupted", ""
    try:
        yield
        status = "succeeded"
    except TaskFailure as failure:
        status, message = "failed", redactor.message(failure.message) if redactor else failure.message
        raise
    except Stopped:
        message = "stopped"
        raise
    finally:
        if before is None:
            os.environ.pop(PARENT, None)
        else:
            os.environ[PARENT] = before
        finish(span, status, message)
        spans.close()
