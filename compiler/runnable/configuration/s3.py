"""The keys that every type of store in a bucket has: `s3`, and `minio` with the defaults of the published package."""

from __future__ import annotations

from dataclasses import field
from typing import ClassVar

from runnable_runtime.deferred import dataclass, pattern
from runnable_runtime.stores.location import StoreError, check_key
from runnable_runtime.stores.settings import S3, StoreSettings

_SECRET = pattern(r"[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?")


@dataclass(frozen=True, kw_only=True)
class S3Keys:
    """A bucket, or a prefix in one (``bucket/pre/fix``), of AWS or of the server at `endpoint_url`.

    Credentials are best left out here: AWS's libraries find them in ``AWS_*``, in the user's profile, or in the pod.
    `credentials_secret` is the Kubernetes Secret that has them, for targets whose tasks are pods.
    """

    __pydantic_config__: ClassVar[dict[str, str]] = {"extra": "forbid"}

    bucket: str
    endpoint_url: str = ""
    region: str = ""
    aws_access_key_id: str = field(default="", repr=False)
    aws_secret_access_key: str = field(default="", repr=False)
    credentials_secret: str = ""

    def __post_init__(self) -> None:
        try:
            check_key(self.bucket)
        except StoreError:
            raise ValueError(f"bucket is the name of one, or of one and a prefix in it, not {self.bucket!r}") from None
        if self.endpoint_url and not self.endpoint_url.startswith(("http://", "https://")):
            raise ValueError("endpoint_url begins with http:// or https://")
        if self.credentials_secret and not _SECRET.fullmatch(self.credentials_secret):
            raise ValueError(f"credentials_secret is the name of a Kubernetes Secret, not {self.credentials_secret!r}")
        if bool(self.aws_access_key_id) != bool(self.aws_secret_access_key):
            raise ValueError("aws_access_key_id and aws_secret_access_key are given together, or not at all")

    @property
    def store(self) -> StoreSettings:
        """Where the store is, credentials included."""
        return StoreSettings(
            S3 + self.bucket, self.endpoint_url, self.region, self.aws_access_key_id, self.aws_secret_access_key
        )


@dataclass(frozen=True, kw_only=True)
class MinioKeys(S3Keys):
    """The same, with the defaults of a MinIO server on this machine."""

    bucket: str = "runnable"
    endpoint_url: str = "http://localhost:9002"
    aws_access_key_id: str = field(default="minioadmin", repr=False)
    aws_secret_access_key: str = field(default="minioadmin", repr=False)
