"""The longest tests begin first, each in a worker of its own."""

import pytest

from tests.support.order import dealt

SECONDS = {"story": 300, "faults": 200, "objects": 100, "spans": 80}
TESTS = [*(f"test {number}" for number in range(8)), "faults", "spans", "story", "objects"]


def pieces(tests, workers):
    """What each worker begins with, by the way in which pytest-xdist cuts the list."""
    found = []
    for left in range(workers, 0, -1):
        found.append(tests[: len(tests) // left])
        tests = tests[len(tests) // left :]
    return found


def order_of(tests, workers):
    return dealt(tests, lambda test: SECONDS.get(test, 0), workers)


def test_the_longest_are_the_first_of_each_worker_and_the_others_stay_in_their_order():
    one, two, three = pieces(order_of(TESTS, 3), 3)
    assert (one[0], two[0], three[:2]) == ("story", "faults", ["objects", "spans"])
    assert [test for test in [*one, *two, *three] if test not in SECONDS] == TESTS[:8]


def test_who_has_the_longest_gets_the_shortest_next():
    assert [piece[:2] for piece in pieces(order_of(TESTS, 2), 2)] == [["story", "spans"], ["faults", "objects"]]


@pytest.mark.parametrize("workers", [1, 2, 3, 8, 40])
@pytest.mark.parametrize("number", [0, 1, 5, len(TESTS)])
def test_no_test_is_lost_however_many_there_are(number, workers):
    tests = TESTS[-number:] if number else []
    assert sorted(order_of(tests, workers)) == sorted(tests)


def test_nothing_moves_where_nothing_is_known():
    assert order_of(TESTS[:8], 3) == TESTS[:8]
