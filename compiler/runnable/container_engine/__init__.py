"""The container engine, through the docker library: the only package that imports it, and only when it is used.

The engine is Docker, or whatever answers as Docker does at DOCKER_HOST, such as podman.
"""

from runnable.container_engine.client import Ended, Engine, Image, Machine
from runnable.container_engine.errors import EngineError, EngineMissing, EngineRefused, unavailable
from runnable.container_engine.stream import Stream

__all__ = [
    "Ended",
    "Engine",
    "EngineError",
    "EngineMissing",
    "EngineRefused",
    "Image",
    "Machine",
    "Stream",
    "unavailable",
]
