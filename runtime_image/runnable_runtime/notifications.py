"""The functions that tell somebody how a run has ended: the tasks that `Pipeline(notify=[...])` becomes.

Each takes what the run is known by: `run_id`, `status` ("succeeded", "failed" or "interrupted"), `failures` (objects
with "step" and "message") and `duration` in seconds. A text that is secret is an object ``{"secret": NAME, "before":
TEXT}``: the value is in the environment variable of that name. What fails is raised without such a text.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from typing import Any

from runnable_runtime.failures import UserCodeFailed

SECONDS = 30
"""How long a server may take to answer."""
_SHOWN = 10

Text = Any
"""A text, or an object that names a secret; a type that says so would have the one converted to the other."""
Failures = Sequence[Mapping[str, str]]


def webhook(
    url: Text, headers: Mapping[str, Text], pipeline: str, run_id: str, status: str, failures: Failures, duration: float
) -> None:
    """Post all that is known, as JSON. Raises UserCodeFailed if the server does not take it."""
    told = {"pipeline": pipeline, "run_id": run_id, "status": status, "failures": failures, "duration": duration}
    _post(_text(url), told, {name: _text(value) for name, value in headers.items()})


def slack(url: Text, pipeline: str, run_id: str, status: str, failures: Failures, duration: float) -> None:
    """Post a message as Slack's incoming webhooks take it. Raises UserCodeFailed."""
    _post(_text(url), {"text": message(pipeline, run_id, status, failures, duration)}, {})


def email(
    to: Sequence[str],
    sender: str,
    host: str,
    port: int,
    user: Text,
    encryption: str,
    pipeline: str,
    run_id: str,
    status: str,
    failures: Failures,
    duration: float,
    password: Text = "",
) -> None:
    """Send a mail. Raises UserCodeFailed if the server does not take it."""
    import smtplib
    import ssl
    from email.message import EmailMessage

    mail = EmailMessage()
    text = message(pipeline, run_id, status, failures, duration)
    mail["Subject"] = " ".join(text.partition("\n")[0].split())
    mail["From"], mail["To"] = sender, ", ".join(to)
    mail.set_content(text)
    try:
        context = ssl.create_default_context()
        server = (
            smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=context)
            if encryption == "tls"
            else smtplib.SMTP(host, port, timeout=SECONDS)
        )
        with server:
            if encryption == "starttls":
                server.starttls(context=context)
            if name := _text(user):
                server.login(name, _text(password))
            server.send_message(mail)
    except (OSError, smtplib.SMTPException) as error:
        raise UserCodeFailed(f"the mail server {host}:{port} did not take the mail: {error}") from None


def message(pipeline: str, run_id: str, status: str, failures: Failures, duration: float) -> str:
    """How the run has ended, for people: a line, and one for each failure."""
    lines = [f"{pipeline}: the run {run_id} {_said(status)} after {duration:.1f} s"]
    lines += [f"- {one.get('step', '')}: {one.get('message', '')}" for one in failures[:_SHOWN]]
    lines += [f"- and {len(failures) - _SHOWN} more"] if len(failures) > _SHOWN else []
    return "\n".join(lines)


def _said(status: str) -> str:
    return f"was {status}" if status == "interrupted" else f"has {status}"


def _text(value: Text) -> str:
    if isinstance(value, str):
        return value
    name: str = value["secret"]
    if name not in os.environ:
        raise UserCodeFailed(f"the secret {name} is not there")
    return f"{value.get('before', '')}{os.environ[name].strip()}"


def _post(url: str, told: object, headers: Mapping[str, str]) -> None:
    import urllib.error
    import urllib.request

    if not url.startswith(("http://", "https://")):
        raise UserCodeFailed("the URL does not begin with http:// or https://")
    body = json.dumps(told).encode()
    sent = {"Content-Type": "application/json", "User-Agent": "runnable", **headers}
    try:
        request = urllib.request.Request(url, body, sent, method="POST")  # noqa: S310 - checked above
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:  # noqa: S310
            answer.read(1)
    except urllib.error.HTTPError as error:
        with error:
            raise UserCodeFailed(f"the server answered {error.code} {error.reason}") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or type(error).__name__
        raise UserCodeFailed(f"the server was not reached: {reason}") from None
