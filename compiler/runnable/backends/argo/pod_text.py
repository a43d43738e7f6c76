"""Texts in a pod that Kubernetes changes: variables and arguments of containers."""

from __future__ import annotations


def literal(text: str) -> str:
    """`text` written so that it arrives as it is, though Kubernetes replaces `$(NAME)`, and takes `$$` for a `$`.

    Source: https://kubernetes.io/docs/tasks/inject-data-application/define-interdependent-environment-variables/
    """
    return text.replace("$", "$$")
