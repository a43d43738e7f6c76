"""Argo Events: the Sensor that starts a workflow of a template for an event, and the EventSources that it listens to.

    EventSource orders-webhook ──► Sensor orders ──► Workflow orders-… , of the template orders, with parameters

The two kinds are other people's, of which there are no models: they are plain objects here, as a manifest has them.
Source: https://argoproj.github.io/argo-events/sensors/trigger-conditions/, …/eventsources/setup/intro/
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING

from runnable.configuration.yaml_file import key_span
from runnable.diagnostics.codes.configuration import ConfigurationInvalid
from runnable.diagnostics.errors import ConfigurationError
from runnable.ir.nodes import Declaration, Program
from runnable.targets.argo.expressions import argument_text, declared_text
from runnable_runtime.protocol import Json

if TYPE_CHECKING:
    from runnable.targets.argo.event_keys import EventKeys, EventsKeys

API_VERSION = "argoproj.io/v1alpha1"
_KINDS = {"s3": "minio"}
"""What Argo Events calls our kinds of events, where that is another word."""
_ATTEMPTS = 3
"""How often a sensor tries to create a workflow."""
_ACCESS, _SECRET = "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"


def check_events(events: EventsKeys, program: Program, read: Sequence[str], file: str, at: str) -> None:
    """Raise ConfigurationError for an event whose parameters are none of the pipeline's, or that leaves one open."""
    found = []

    def wrong(key: str, reason: str, known: tuple[str, ...] = ()) -> None:
        span = key_span(file, key) if file else None
        found.append(ConfigurationInvalid(span=span, file=file, key=key, reason=reason, known=known))

    for name, event in events.triggers.items():
        key = f"{at}.triggers.{name}.parameters"
        for parameter in event.parameters:
            if parameter not in read:
                wrong(
                    f"{key}.{parameter}", "is no parameter that the pipeline starts with and a step takes", tuple(read)
                )
        for one in program.open:
            if one.name in read and one.name not in event.parameters:
                wrong(key, f"the parameter {one.name!r} has no value, and this event gives it none")
    if found:
        raise ConfigurationError(found)


def event_objects(
    events: EventsKeys, program: Program, name: str, reference: Mapping[str, Json], metadata: Mapping[str, Json]
) -> Iterator[dict[str, Json]]:
    """The EventSources that are not there already, one for each kind of event, and the Sensor called `name`.

    `reference` is to the template that workflows are made of, `metadata` what all objects have beside their names.
    """
    bus = {"eventBusName": events.event_bus} if events.event_bus else {}
    sources: dict[str, dict[str, EventKeys]] = defaultdict(dict)
    for event, keys in events.triggers.items():
        if keys.source is None:
            sources[keys.kind][event] = keys
    for kind, members in sources.items():
        yield {
            "apiVersion": API_VERSION,
            "kind": "EventSource",
            "metadata": {"name": _source_name(name, kind), **metadata},
            "spec": {**bus, **_service(members), _KINDS.get(kind, kind): {n: _event(k) for n, k in members.items()}},
        }
    yield {
        "apiVersion": API_VERSION,
        "kind": "Sensor",
        "metadata": {"name": name, **metadata},
        "spec": {
            **bus,
            "template": {"serviceAccountName": events.service_account},
            "dependencies": [_dependency(event, keys, name) for event, keys in events.triggers.items()],
            "triggers": [_trigger(event, keys, program, name, reference) for event, keys in events.triggers.items()],
        },
    }


def _source_name(name: str, kind: str) -> str:
    return f"{name}-{kind}"


def _service(members: Mapping[str, EventKeys]) -> dict[str, Json]:
    """The service of an EventSource that takes connections."""
    ports = sorted({keys.webhook.port for keys in members.values() if keys.webhook is not None})
    return {"service": {"ports": [{"port": port, "targetPort": port} for port in ports]}} if ports else {}


def _event(keys: EventKeys) -> dict[str, Json]:
    """An event as its EventSource has it."""
    if keys.webhook is not None:
        return {"port": str(keys.webhook.port), "endpoint": keys.webhook.endpoint, "method": keys.webhook.method}
    if keys.s3 is not None:
        return _bucket(keys)
    if keys.kafka is not None:
        group = {"consumerGroup": {"groupName": keys.kafka.group}} if keys.kafka.group else {}
        part = {"partition": str(keys.kafka.partition)} if keys.kafka.partition is not None else {}
        return {"url": keys.kafka.url, "topic": keys.kafka.topic, "jsonBody": True, **group, **part}
    if keys.nats is not None:
        return {**keys.nats.model_dump(exclude_none=True), "jsonBody": True}
    assert keys.calendar is not None
    return keys.calendar.model_dump(exclude_none=True)


def _bucket(keys: EventKeys) -> dict[str, Json]:
    assert keys.s3 is not None
    own = keys.s3
    rule = {"prefix": own.prefix or "", "suffix": own.suffix or ""} if own.prefix or own.suffix else {}
    more: dict[str, Json] = {key: getattr(own, key) for key in ("region", "insecure") if getattr(own, key) is not None}
    return {
        "bucket": {"name": own.bucket},
        "endpoint": own.endpoint,
        "events": list(own.events),
        **({"filter": rule} if rule else {}),
        **more,
        "accessKey": {"name": own.credentials_secret, "key": _ACCESS},
        "secretKey": {"name": own.credentials_secret, "key": _SECRET},
    }


def _dependency(event: str, keys: EventKeys, name: str) -> dict[str, Json]:
    if keys.source is not None:
        return {"name": event, "eventSourceName": keys.source.name, "eventName": keys.source.event}
    return {"name": event, "eventSourceName": _source_name(name, keys.kind), "eventName": event}


def _trigger(
    event: str, keys: EventKeys, program: Program, name: str, reference: Mapping[str, Json]
) -> dict[str, Json]:
    """What creates a workflow for one event. A value that the event has not is the parameter's own, if it has one."""
    declared = {one.name: one for one in program.declared}
    given = []
    parameters = []
    for number, (parameter, path) in enumerate(keys.parameters.items()):
        default = _default(program, parameter, declared.get(parameter))
        source: dict[str, Json] = {"dependencyName": event, "dataKey": path}
        source |= {"value": default} if default is not None else {}
        given.append({"name": parameter, "value": default or ""})
        parameters.append({"src": source, "dest": f"spec.arguments.parameters.{number}.value"})
    spec = {"workflowTemplateRef": dict(reference), **({"arguments": {"parameters": given}} if given else {})}
    workflow = {
        "apiVersion": API_VERSION,
        "kind": "Workflow",
        "metadata": {"generateName": f"{name}-"},
        "spec": spec,
    }
    create: dict[str, Json] = {"operation": "create", "source": {"resource": workflow}}
    create |= {"parameters": parameters} if parameters else {}
    return {
        "template": {"name": event, "conditions": event, "k8s": create},
        "retryStrategy": {"steps": _ATTEMPTS},
    }


def _default(program: Program, parameter: str, declared: Declaration | None) -> str | None:
    if parameter not in program.parameters:
        return None
    value = program.parameters[parameter]
    return argument_text(value) if declared is None else declared_text(value, declared.kind)
