"""A pinned base image is the project's, until it is pinned anew; what is no pin is refused."""

import pytest

from runnable.diagnostics.errors import ConfigurationError
from runnable.images.project import default_base_image

PIN = "registry.example.com/python:3.12-slim@sha256:" + "0f" * 32


def test_what_is_pinned_is_the_base_image(tmp_path):
    (tmp_path / ".python-version").write_text("3.13\n")
    assert default_base_image(tmp_path) == "python:3.13-slim"
    (tmp_path / ".base-image").write_text(PIN + "\n")
    assert default_base_image(tmp_path) == PIN


@pytest.mark.parametrize("text", ["python:3.12-slim", "", PIN[:-1], f"{PIN}\n{PIN}", "@sha256:" + "0f" * 32])
def test_what_is_no_pin_is_refused_with_what_it_says(text, tmp_path):
    (tmp_path / ".base-image").write_text(text)
    with pytest.raises(ConfigurationError, match="RN712"):
        default_base_image(tmp_path)
