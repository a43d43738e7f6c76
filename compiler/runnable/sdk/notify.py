"""Notifications, for `Pipeline(notify=[...])`: messages about how a run has ended. And `secret`, the name of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from typing import Any, Literal

from runnable.diagnostics.span import Span, caller_span
from runnable.sdk.describe import Described
from runnable_runtime.deferred import dataclass

Occasion = Literal["failure", "success", "always"]
"""When a notification is sent: after a run that has not succeeded, after one that has, after both."""


@dataclass(frozen=True, slots=True)
class SecretReference(Described):
    """The value of a secret by its name, with a text before it: see `secret`."""

    name: str
    before: str = ""

    def described(self) -> str:
        """See `Described`."""
        return (f"{self.before!r} + " if self.before else "") + f"secret({self.name!r})"

    def __radd__(self, before: str) -> SecretReference:
        """The same, after a text: ``"Bearer " + secret("TOKEN")``."""
        return SecretReference(self.name, before + self.before)


def secret(name: str) -> SecretReference:
    """Name the secret whose value a notification takes, such as its URL: `webhook(secret("HOOK_URL"))`.

    A text may stand before it: `headers={"Authorization": "Bearer " + secret("TOKEN")}`.
    """
    return SecretReference(name)


@dataclass(frozen=True, slots=True, kw_only=True)
class Notification(Described):
    """One notification: `webhook`, `slack`, `email` and `command` make them.

    `arguments` are those of the function of `runnable_runtime.notifications` that is called `kind`; of a command, its
    text. `secrets` are names that a command takes.
    """

    kind: Literal["webhook", "slack", "email", "command"]
    on: Any
    name: Any
    retry: Any
    arguments: Mapping[str, Any]
    secrets: Any = ()
    span: Span | None = field(default=None, compare=False)

    def described(self) -> str:
        """See `Described`."""
        return f"the {self.kind} {self.name!r}"


def webhook(
    url: str | SecretReference,
    *,
    on: Occasion = "failure",
    headers: Mapping[str, str | SecretReference] | None = None,
    name: str = "webhook",
    retry: int = 2,
) -> Notification:
    """Send how the run has ended to a URL, as JSON with `pipeline`, `run_id`, `status`, `failures` and `duration`.

    Args:
        url: where to, or the secret that has it: `secret("HOOK_URL")`.
        on: "failure", also for a run that was stopped; "success"; or "always".
        headers: of the request, by name, each a text or `"Bearer " + secret("TOKEN")`.
        name: the step's, unique among the notifications of a pipeline.
        retry: further attempts if the first one fails.
    """
    given = {"url": url, "headers": {} if headers is None else headers}
    return Notification(kind="webhook", on=on, name=name, retry=retry, arguments=given, span=caller_span())


def slack(url: str | SecretReference, *, on: Occasion = "failure", name: str = "slack", retry: int = 2) -> Notification:
    """Send a message to a Slack channel.

    Args:
        url: that of an incoming webhook of the channel; give it as a secret: `secret("SLACK_WEBHOOK_URL")`.
        on: "failure", also for a run that was stopped; "success"; or "always".
        name: the step's, unique among the notifications of a pipeline.
        retry: further attempts if the first one fails.
    """
    return Notification(kind="slack", on=on, name=name, retry=retry, arguments={"url": url}, span=caller_span())


def email(
    to: str | Sequence[str],
    *,
    sender: str,
    host: str,
    port: int = 587,
    user: str | SecretReference = "",
    password: SecretReference | None = None,
    encryption: Literal["starttls", "tls", "none"] = "starttls",
    on: Occasion = "failure",
    name: str = "email",
    retry: int = 2,
) -> Notification:
    """Send a mail.

    Args:
        to: the address, or addresses.
        sender: the address that it is from.
        host: the SMTP server that takes it.
        port: the port of that server.
        user: the name to log in with, if the server wants one.
        password: the secret with the password of `user`.
        encryption: "starttls", "tls" from the first byte, or "none".
        on: "failure", also for a run that was stopped; "success"; or "always".
        name: the step's, unique among the notifications of a pipeline.
        retry: further attempts if the first one fails.
    """
    given = {"to": to, "sender": sender, "host": host, "port": port, "user": user, "encryption": encryption}
    given |= {} if password is None else {"password": password}
    return Notification(kind="email", on=on, name=name, retry=retry, arguments=given, span=caller_span())


def command(
    command: str, *, on: Occasion = "failure", secrets: Sequence[str] = (), name: str = "command", retry: int = 2
) -> Notification:
    """Run a shell command, to which `run_id`, `status`, `failures` (JSON) and `duration` are environment variables.

    Args:
        command: the text for `/bin/sh -c`.
        on: "failure", also for a run that was stopped; "success"; or "always".
        secrets: names of secrets, each an environment variable of the command.
        name: the step's, unique among the notifications of a pipeline.
        retry: further attempts if the first one fails.
    """
    given = {"command": command}
    return Notification(
        kind="command", on=on, name=name, retry=retry, arguments=given, secrets=secrets, span=caller_span()
    )
