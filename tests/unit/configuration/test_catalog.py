"""The section `catalog` of a configuration."""

import pytest

from runnable.configuration import load_configuration, read_catalog
from runnable.diagnostics import ConfigurationError
from runnable_runtime.stores.settings import StoreSettings


@pytest.fixture
def read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    def read_text(text):
        (tmp_path / "config.yaml").write_text(text)
        return read_catalog(load_configuration("config.yaml"))

    return read_text


def test_without_a_section_it_is_a_folder_that_nobody_chose(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    found = read_catalog(load_configuration())
    assert (found.store, found.folder, found.chosen) == (StoreSettings(str(tmp_path / ".catalog")), ".", False)


def test_a_folder_is_relative_to_the_working_folder(read, tmp_path):
    found = read("catalog: {type: file-system, catalog_location: data, compute_data_folder: out}")
    assert (found.store, found.folder, found.chosen) == (StoreSettings(str(tmp_path / "data")), "out", True)


def test_nothing_is_kept_where_that_is_said(read):
    assert read("catalog: {type: do-nothing}").store is None


def test_a_bucket_with_a_prefix_on_any_server(read):
    found = read(
        "catalog: {type: s3, bucket: b/pre, endpoint_url: 'http://s:1', region: eu-west-1, credentials_secret: s3}"
    )
    assert found.store == StoreSettings("s3://b/pre", "http://s:1", "eu-west-1")
    assert found.secret == "s3"


def test_minio_has_the_defaults_of_the_published_package(read):
    found = read("catalog:\n  type: minio\n  config:\n    bucket: catalog\n").store
    assert found == StoreSettings("s3://catalog", "http://localhost:9002", "", "minioadmin", "minioadmin")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{type: s4}", "is not a catalog of this version"),
        ("{type: s3}", "catalog.config.bucket"),
        ("{type: s3, bucket: ../other}", "bucket is the name of one"),
        ("{type: s3, bucket: b, endpoint_url: host}", "begins with http"),
        ("{type: s3, bucket: b, aws_access_key_id: k}", "given together"),
        ("{type: minio, buckets: b}", "there is no such key"),
        ("{type: file-system, compute_data_folder: ../x}", "in the working folder"),
        ("{type: file-system, compute_data_folder: /x}", "in the working folder"),
        ("{type: do-nothing, location: x}", "there is no such key"),
    ],
)
def test_a_mistake_is_an_error_that_names_the_key(read, text, message):
    with pytest.raises(ConfigurationError, match=message):
        read(f"catalog: {text}")
