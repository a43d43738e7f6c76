"""Where a store is, as a value that can be handed to another process: a pod, a container, a worker.

What is handed over is text without credentials (`StoreSettings.encode`), in the variable `STORE_VARIABLE`. Credentials
are found where AWS's libraries look for them: ``AWS_ACCESS_KEY_ID`` and the like.
"""

from __future__ import annotations

import json
from dataclasses import field
from pathlib import Path

from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import STORE_VARIABLE
from runnable_runtime.stores.location import Location, StoreError

S3 = "s3://"
LOCATIONS = "runnable.store_locations"
"""Entry points of other distributions' stores: by the scheme of URLs, a function from `StoreSettings` to `Location`."""


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """A store. `url` is ``s3://bucket/prefix``, the absolute path of a folder, or ``scheme://…`` of a plugin.

    `endpoint` is the URL of an S3-compatible server, empty for AWS's own. `key` and `secret` are only for this process:
    they are in no text that is made of it.
    """

    url: str
    endpoint: str = ""
    region: str = ""
    key: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)

    @property
    def is_folder(self) -> bool:
        """Whether it is a folder of this machine."""
        return "://" not in self.url

    def encode(self) -> str:
        """The settings as a small JSON object, without credentials."""
        fields = {"url": self.url, "endpoint": self.endpoint, "region": self.region}
        return json.dumps({name: value for name, value in fields.items() if value}, separators=(",", ":"))

    @classmethod
    def decode(cls, text: str) -> StoreSettings:
        """The inverse of `encode`. Raises StoreError for anything else."""
        try:
            document = json.loads(text)
            if not all(isinstance(value, str) for value in document.values()):
                raise TypeError
            return cls(**document)
        except (AttributeError, TypeError, ValueError):
            raise StoreError(f"{STORE_VARIABLE} is {text[:100]!r}, which does not say where a store is") from None


def open_location(settings: StoreSettings) -> Location:
    """The store that `settings` mean. Nothing is read or made yet. Raises StoreError for a place that is none."""
    if settings.url.startswith(S3):
        from runnable_runtime.stores.s3 import S3Location

        return S3Location(
            settings.url.removeprefix(S3),
            endpoint=settings.endpoint,
            region=settings.region,
            key=settings.key,
            secret=settings.secret,
        )
    scheme, separator, _ = settings.url.partition("://")
    if separator:
        return _plugin(scheme, settings)
    from runnable_runtime.stores.folder import FolderLocation

    root = Path(settings.url)
    if not root.is_absolute():
        raise StoreError(f"{settings.url!r} is no place for a store: it is an absolute folder, or s3://bucket/prefix")
    return FolderLocation(root)


def _plugin(scheme: str, settings: StoreSettings) -> Location:
    """The store that another distribution has for URLs of that scheme. Raises StoreError."""
    from importlib.metadata import entry_points

    for point in entry_points(group=LOCATIONS, name=scheme):
        try:
            location: Location = point.load()(settings)
        except Exception as error:  # whatever somebody's module raises
            raise StoreError(f"{settings.url!r} cannot be opened: {type(error).__name__}: {error}") from error
        return location
    raise StoreError(f"{settings.url!r} is no place for a store: nothing that is installed opens {scheme}://")
