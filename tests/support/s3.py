"""The S3 server that tests use: AWS_ENDPOINT_URL and the other AWS_* variables name it."""

import os
import uuid
from contextlib import suppress

from runnable_runtime.stores.settings import StoreSettings, open_location

BUCKET = "runnable-tests"


def new_prefix() -> str:
    """The URL of a place of its own in the server's bucket for tests, which is made if it is not there."""
    import s3fs

    filesystem = s3fs.S3FileSystem(endpoint_url=os.environ.get("AWS_ENDPOINT_URL"), skip_instance_cache=True)
    if not filesystem.exists(BUCKET):
        with suppress(FileExistsError):  # another worker's
            filesystem.mkdir(BUCKET)
    return f"s3://{BUCKET}/{uuid.uuid4().hex}"


def empty(url: str) -> None:
    """Delete all that is at a place."""
    location = open_location(StoreSettings(url, os.environ.get("AWS_ENDPOINT_URL", "")))
    for entry in location.entries():
        location.delete(entry.key)
