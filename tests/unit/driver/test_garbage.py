"""A process that compiles again and again keeps nothing of it."""

from __future__ import annotations

import weakref

from runnable.driver.garbage import seldom_collected


class Circle:
    """What only a look for garbage finds."""

    def __init__(self) -> None:
        self.itself = self


def test_what_one_leaves_is_found_in_time() -> None:
    left = []
    for _ in range(100):
        with seldom_collected():
            made = [Circle() for _ in range(1_000)]
            left.append(weakref.ref(made[0]))
        del made
    assert sum(one() is not None for one in left) < 90
