"""A file with tests of a tier names the tier's mark: by that the Makefile finds it, and collects no other one."""

from collections.abc import Iterable

import pytest

TIERS = ("browser", "cluster", "crash", "docker", "install", "s3")
UNNAMED = pytest.StashKey[set[str]]()
"""Of the tests that were collected, the files that do not name a mark that they use."""


def unnamed(items: Iterable[pytest.Item]) -> set[str]:
    """`FILE: mark.TIER`, where a test of the file has a mark by another name (`marks=IN_A_BUCKET`)."""
    used = {(item.path, tier) for item in items for tier in TIERS if item.get_closest_marker(tier)}
    return {f"{path}: mark.{tier}" for path, tier in used if f"mark.{tier}" not in path.read_text()}
