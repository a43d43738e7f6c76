"""Locks as Argo has them. The limit of a semaphore is a key of a ConfigMap, which the chart or a person makes."""

from __future__ import annotations

from runnable.ir.nodes import Locks
from runnable.targets.argo.api import core, models


def synchronization(locks: Locks, config_map: str) -> models.Synchronization | None:
    """What a template, or a workflow, waits for; None if that is nothing."""
    if locks == Locks():
        return None
    mutexes = [models.Mutex(name=locks.mutex)] if locks.mutex is not None else None
    semaphores = [
        models.SemaphoreRef(config_map_key_ref=core.ConfigMapKeySelector(name=config_map, key=name))
        for name, _ in locks.semaphore
    ]
    return models.Synchronization(mutexes=mutexes, semaphores=semaphores or None)
