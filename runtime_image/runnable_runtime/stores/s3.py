"""A store in a bucket of an S3-compatible server, through s3fs (fsspec).

Memory is bounded: a file goes up in parts, a few at a time, and comes down as a stream, continued where it broke off.
Requests to a server that does not answer are repeated for about a minute (`stores.patience`).
"""

from __future__ import annotations

import io
import os
import tempfile
import threading
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any, BinaryIO, cast

from runnable_runtime.failures import how_to_install
from runnable_runtime.stores.hashing import sha256_of
from runnable_runtime.stores.location import Conflict, Entry, Progress, StoreError, check_key
from runnable_runtime.stores.several import Moved, at_once, groups

_PART = 8 * 1024 * 1024
"""Bytes of a part, of which `_AT_ONCE` are in memory."""
_AT_ONCE = 4
_MOST_PARTS = 10_000
_FILES_AT_ONCE = 16
_CONNECTIONS = 32
"""To a server, at most: for that many files, and for as many parts of records beside them. botocore has ten."""
_GROUP, _GROUP_SIZE = 512, 128 * 1024 * 1024
"""Files, and bytes of them, among which those that move at the same time are: more than that is never in memory."""
_ATTEMPTS = 12
"""Attempts at a request, at most. botocore waits longer after each, a random part of up to 20 seconds: together almost
always more than half a minute, after which `stores.patience` ends them."""
_VERSION = "?versionId="
_CONFLICTS = ("PreconditionFailed", "412", "ConditionalRequestConflict", "409")
_MISSING = ("NoSuchKey", "404")


class S3Location:
    """Files of the bucket, and below the prefix, that `place` names (``bucket/pre/fix``).

    Credentials are `key` and `secret` if given, else what AWS's libraries find (``AWS_*``, a service account).
    """

    def __init__(self, place: str, *, endpoint: str = "", region: str = "", key: str = "", secret: str = "") -> None:
        self._place = place.strip("/")
        self._endpoint = endpoint
        self._options = {"region": region, "key": key, "secret": secret}

    @property
    def name(self) -> str:
        """See `Location.name`."""
        return f"s3://{self._place}"

    def read(self, key: str, start: int = 0, end: int | None = None) -> bytes:
        """See `Location.read`."""
        if end is not None and end <= start:
            return b""
        with self._errors(key):
            part = {} if start == 0 and end is None else {"start": start, "end": end}
            data: bytes = self._fs.cat_file(self._path(key), max_concurrency=1, **part)
            return data

    def write(self, key: str, data: bytes, *, exclusive: bool = False) -> None:
        """See `Location.write`. A server that does not know conditional writes takes an exclusive one as any other."""
        with self._errors(key):
            self._fs.pipe_file(self._path(key), data, mode="create" if exclusive else "overwrite")

    def versioned(self, key: str) -> tuple[bytes, str]:
        """See `Location.versioned`. The version is asked for first: of a later one, `replace` will not take it."""
        with self._errors(key):
            version = str(self._fs.call_s3("head_object", **self._named(key))["ETag"])
            return self.read(key), version

    def replace(self, key: str, data: bytes, version: str | None) -> str:
        """See `Location.replace`. A server that refuses conditions, as it does not know them, is asked without."""
        condition = {"IfNoneMatch": "*"} if version is None else {"IfMatch": version}
        with self._errors(key):
            try:
                written = self._fs.call_s3("put_object", **self._named(key), Body=data, **condition)
            except OSError as error:
                code = _code_of(error)
                if code in _CONFLICTS or (version is not None and code in _MISSING):
                    raise Conflict(key) from None
                if code != "NotImplemented":
                    raise
                written = self._fs.call_s3("put_object", **self._named(key), Body=data)
            return str(written["ETag"])

    def age(self, key: str) -> float:
        """See `Location.age`."""
        with self._errors(key):
            found = self._fs.call_s3("head_object", **self._named(key))
            now = parsedate_to_datetime(found["ResponseMetadata"]["HTTPHeaders"]["date"])
            seconds = float((now - found["LastModified"]).total_seconds())
            return max(0.0, seconds)  # both are whole seconds, each rounded its own way

    @contextmanager
    def reader(self, key: str) -> Iterator[BinaryIO]:
        """See `Location.reader`: the file comes to the folder for temporary files first."""
        with tempfile.NamedTemporaryFile(prefix="runnable-") as scratch:
            self.download(key, Path(scratch.name))
            with Path(scratch.name).open("rb") as stream:
                yield stream

    @contextmanager
    def writer(self, key: str) -> Iterator[BinaryIO]:
        """See `Location.writer`: the file is in memory first, a larger one in the folder for temporary files."""
        check_key(key)
        with ExitStack() as files:
            written = _Written(files)
            yield cast("BinaryIO", written)
            if (small := written.small) is not None:
                self.write(key, small)
            else:
                self.upload(written.file(), key)

    def upload(self, file: Path, key: str, progress: Progress | None = None) -> None:
        """See `Location.upload`."""
        part = max(_PART, -(-file.stat().st_size // _MOST_PARTS))
        with self._errors(key):
            callback = _callback(progress)
            self._fs.put_file(str(file), self._path(key), chunksize=part, max_concurrency=_AT_ONCE, callback=callback)

    def upload_all(self, files: Iterable[Moved]) -> Iterator[tuple[str, int]]:
        """See `Several.upload_all`."""
        for group in groups(files, _GROUP, _GROUP_SIZE):
            yield from at_once(self._upload_one, group, _FILES_AT_ONCE)

    def download_all(self, files: Iterable[Moved]) -> Iterator[tuple[str, int]]:
        """See `Several.download_all`."""
        for group in groups(files, _GROUP, _GROUP_SIZE):
            yield from at_once(self._download_one, group, _FILES_AT_ONCE)

    def _upload_one(self, one: Moved) -> tuple[str, int]:
        found = sha256_of(one.file)
        self.upload(one.file, one.key, one.progress)
        return found

    def _download_one(self, one: Moved) -> tuple[str, int]:
        self.download(one.key, one.file, one.progress)
        return sha256_of(one.file)

    def download(self, key: str, file: Path, progress: Progress | None = None) -> None:
        """See `Location.download`."""
        with self._errors(key):
            self._fs.get_file(self._path(key), str(file), max_concurrency=1, callback=_callback(progress))

    def size(self, key: str) -> int | None:
        """See `Location.size`."""
        with self._errors(key):
            try:
                found = self._fs.info(self._path(key))
            except FileNotFoundError as error:
                self._refuse_missing_bucket(error)
                return None
            return None if found["type"] != "file" else int(found["size"])

    def entries(self, folder: str = "") -> Iterator[Entry]:
        """See `Location.entries`."""
        start = self._path(folder) if folder else self._place
        with self._errors(folder):
            found = self._fs.find(f"{start}/", detail=True)
        for path, info in sorted(found.items()):
            if info["type"] == "file" and not path.endswith("/"):
                version = info.get("ETag") or info.get("LastModified") or ""
                yield Entry(path[len(self._place) + 1 :], int(info["size"]), str(version))

    def folders(self) -> Iterator[str]:
        """See `Location.folders`."""
        with self._errors(""):
            try:
                found = self._fs.ls(f"{self._place}/", detail=True)
            except FileNotFoundError as error:
                self._refuse_missing_bucket(error)
                return
        yield from sorted(e["name"][len(self._place) + 1 :].strip("/") for e in found if e["type"] == "directory")

    def delete(self, key: str) -> None:
        """See `Location.delete`."""
        with self._errors(key):
            self._fs.rm_file(self._path(key))

    @property
    def _fs(self) -> Any:
        return _client(self._endpoint, **self._options)

    def _named(self, key: str) -> dict[str, str]:
        bucket, name, _ = self._fs.split_path(self._path(key))
        return {"Bucket": bucket, "Key": name}

    def _path(self, key: str) -> str:
        if _VERSION in check_key(key):
            raise StoreError(f"{key!r} has {_VERSION!r} in it, which s3fs gives a meaning of its own")
        return f"{self._place}/{key}"

    @contextmanager
    def _errors(self, key: str) -> Iterator[None]:
        """Make a StoreError of whatever the libraries raise, except for a file that is not there, or is there."""
        try:
            yield
        except (StoreError, Conflict, FileExistsError, ModuleNotFoundError):
            raise
        except FileNotFoundError as error:
            self._refuse_missing_bucket(error)
            raise FileNotFoundError(key) from None
        except Exception as error:
            reason = " ".join(str(error).split()) or type(error).__name__
            server = f" at {self._endpoint}" if self._endpoint else ""
            raise StoreError(f"the store {self.name}{server} cannot be used: {reason}") from None

    def _refuse_missing_bucket(self, error: FileNotFoundError) -> None:
        if "bucket" in str(error) and "does not exist" in str(error):
            raise StoreError(f"the store {self.name} cannot be used: {error}") from None


def _code_of(error: OSError) -> str:
    """What the server calls it; empty for what is no answer of a server."""
    response = getattr(error.__cause__, "response", None) or {}
    return str(response.get("Error", {}).get("Code", ""))


class _Written(io.RawIOBase):
    """A stream to write to: its content is in memory up to the size of a part, then in a file that `files` removes."""

    def __init__(self, files: ExitStack) -> None:
        self._files = files
        self._memory = io.BytesIO()
        self._scratch: Any = None

    def writable(self) -> bool:
        """Yes."""
        return True

    def write(self, data: Any) -> int:
        """Add `data`; the number of its bytes."""
        view = memoryview(data).cast("B")
        if self._scratch is None and self._memory.tell() + view.nbytes > _PART:
            scratch = tempfile.NamedTemporaryFile(prefix="runnable-")  # noqa: SIM115 - it is closed with `files`
            self._scratch = self._files.enter_context(scratch)
            self._scratch.write(self._memory.getbuffer())
            self._memory = io.BytesIO()
        (self._memory if self._scratch is None else self._scratch).write(view)
        return view.nbytes

    @property
    def small(self) -> bytes | None:
        """All that was written; None if it is in a file."""
        return self._memory.getvalue() if self._scratch is None else None

    def file(self) -> Path:
        """The file that all is in."""
        self._scratch.flush()
        return Path(self._scratch.name)


_clients: dict[tuple[object, ...], Any] = {}
_opening = threading.Lock()


def _client(endpoint: str, **options: str) -> Any:
    """The client of this process for a server, with the credentials that there are now.

    To make one takes half a second of CPU, and every attempt at a step has locations of its own.
    """
    credentials = [(name, value) for name, value in os.environ.items() if name.startswith("AWS_")]
    asked = (os.getpid(), endpoint, *sorted(options.items()), *sorted(credentials))
    with _opening:
        if asked not in _clients:
            _clients[asked] = _open(endpoint, **options)
        return _clients[asked]


def _open(endpoint: str, *, region: str, key: str, secret: str) -> Any:
    try:
        import s3fs
    except ModuleNotFoundError as error:
        raise StoreError(
            f"a store in S3 needs the package {error.name!r}, which is not installed: {how_to_install('s3')}"
        ) from None
    from aiobotocore.session import get_session

    from runnable_runtime.stores.patience import CONNECT, Patience

    session = get_session()
    Patience(endpoint or "S3").register(session)
    retries = {"mode": "standard", "total_max_attempts": _ATTEMPTS}
    config: dict[str, Any] = {"retries": retries, "connect_timeout": CONNECT, "max_pool_connections": _CONNECTIONS}
    if endpoint:  # not every server has host names for its buckets, or knows the latest checksums
        config["s3"] = {"addressing_style": "path"}
        config["request_checksum_calculation"] = config["response_checksum_validation"] = "when_required"
    opened = s3fs.S3FileSystem(
        endpoint_url=endpoint or None,
        key=key or None,
        secret=secret or None,
        client_kwargs={"region_name": region} if region else {},
        config_kwargs=config,
        session=session,
        use_listings_cache=False,
        skip_instance_cache=True,
    )
    opened.loop.call_soon_threadsafe(opened.loop.set_exception_handler, _unless_retried)
    return opened


def _unless_retried(loop: Any, context: dict[str, Any]) -> None:
    """Say nothing of connections that a server has cut: the request that used one is tried again, or fails."""
    if not isinstance(context.get("exception"), ConnectionError):
        loop.default_exception_handler(context)


def _callback(progress: Progress | None) -> Any:
    from fsspec.callbacks import DEFAULT_CALLBACK, Callback

    if progress is None:
        return DEFAULT_CALLBACK
    moved = progress

    class _Moved(Callback):  # type: ignore[misc]  # fsspec has no types
        def relative_update(self, inc: int = 1) -> None:
            moved(inc)

    return _Moved()
