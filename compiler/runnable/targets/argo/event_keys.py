"""The keys of `events` in an Argo configuration: what starts workflows beside schedules and people."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from runnable.configuration.cron import problem_of_schedule
from runnable.configuration.kubernetes_names import OBJECT_NAME
from runnable.configuration.patterns import free_of, written
from runnable.targets.kubernetes.keys import Keys, SecretName, Text, Timezone
from runnable_runtime.deferred import pattern

Name = Annotated[
    str,
    written(r"^[a-z]([a-z0-9-]{0,38}[a-z0-9])?\Z", "a name of small letters, digits and hyphens, at most 40"),
]
ObjectName = Annotated[str, written(*OBJECT_NAME)]
EventPath = Annotated[
    str,
    written(r"^[A-Za-z0-9_$-]+(\.[A-Za-z0-9_$-]+)*\Z", "the path of a value in the event, such as body.order"),
]
_INTERVAL = pattern(r"(\d+(ns|us|ms|s|m|h))+")


def _problem_of_interval(text: str) -> str:
    return "" if _INTERVAL.fullmatch(text) else "is no duration such as 30s or 1h30m"


class WebhookKeys(Keys):
    """A web server that takes events."""

    port: Annotated[int, Field(ge=1, le=65535)] = 12000
    endpoint: Annotated[str, written(r"^/[^\s{}]*\Z", "a path that begins with /")]
    method: Literal["POST", "PUT", "GET"] = "POST"


class S3Keys(Keys):
    """A bucket that says which objects come and go: a server that has MinIO's notifications."""

    bucket: Text
    endpoint: Text
    events: Annotated[tuple[Text, ...], Field(min_length=1)] = ("s3:ObjectCreated:*",)
    prefix: Text | None = None
    suffix: Text | None = None
    region: Text | None = None
    insecure: bool | None = None
    credentials_secret: SecretName


class KafkaKeys(Keys):
    """Messages of a topic of Kafka."""

    url: Text
    topic: Text
    group: Text | None = None
    partition: Annotated[int, Field(ge=0)] | None = None

    @model_validator(mode="after")
    def _one(self) -> KafkaKeys:
        if (self.group is None) == (self.partition is None):
            raise ValueError("one of group and partition is needed")
        return self


class NatsKeys(Keys):
    """Messages of a subject of NATS."""

    url: Text
    subject: Text
    queue: Text | None = None


class CalendarKeys(Keys):
    """A moment that comes again."""

    schedule: Annotated[str, free_of(problem_of_schedule)] | None = None
    interval: Annotated[str, free_of(_problem_of_interval)] | None = None
    timezone: Timezone | None = None

    @model_validator(mode="after")
    def _one(self) -> CalendarKeys:
        if (self.schedule is None) == (self.interval is None):
            raise ValueError("one of schedule and interval is needed")
        return self


class SourceKeys(Keys):
    """An event of an EventSource that is there already."""

    name: ObjectName
    event: Text


KINDS = ("source", "webhook", "s3", "kafka", "nats", "calendar")


class EventKeys(Keys):
    """One kind of event, and what of it becomes parameters."""

    source: SourceKeys | None = None
    webhook: WebhookKeys | None = None
    s3: S3Keys | None = None
    kafka: KafkaKeys | None = None
    nats: NatsKeys | None = None
    calendar: CalendarKeys | None = None
    parameters: dict[str, EventPath] = Field(default={})

    @model_validator(mode="after")
    def _one(self) -> EventKeys:
        if len([kind for kind in KINDS if getattr(self, kind) is not None]) != 1:
            raise ValueError(f"one of {', '.join(KINDS)} is needed")
        return self

    @property
    def kind(self) -> str:
        """Which of `KINDS` it is."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)


class EventsKeys(Keys):
    """All of `events`."""

    service_account: ObjectName
    event_bus: ObjectName | None = None
    triggers: Annotated[dict[Name, EventKeys], Field(min_length=1)]
