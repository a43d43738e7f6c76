"""Who is let in."""

from __future__ import annotations

import pytest

from runnable.ui.guard import Refused, let_in, new_token


@pytest.mark.parametrize("host", ["127.0.0.1:80", "localhost:80", "LOCALHOST:80"])
def test_with_the_token_and_this_machines_name_the_rest_of_the_address_is_given(host: str) -> None:
    assert let_in("/abc/run/x/", [host], "abc", 80) == "run/x/"


@pytest.mark.parametrize(
    "hosts",
    [[], [""], ["evil.test"], ["127.0.0.1"], ["127.0.0.1:81"], ["127.0.0.1:80.evil.test"], ["127.0.0.1:80"] * 2],
)
def test_no_other_host_is_answered(hosts: list[str]) -> None:
    with pytest.raises(Refused) as refused:
        let_in("/abc/", hosts, "abc", 80)
    assert refused.value.status == 421


@pytest.mark.parametrize("path", ["/", "", "/ab/", "/abcd/", "/é/", "abc/", "//abc/", "http://127.0.0.1/abc/"])
def test_without_the_token_nothing_is_answered(path: str) -> None:
    with pytest.raises(Refused) as refused:
        let_in(path, ["127.0.0.1:80"], "abc", 80)
    assert refused.value.status == 403


def test_tokens_are_long_and_each_is_another() -> None:
    assert len({new_token() for _ in range(20)}) == 20
    assert len(new_token()) >= 22
