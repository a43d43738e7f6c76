"""What Argo keeps of a workflow grows with its items, iterations and steps, and not with their square."""

import base64
import gzip
import json

import pytest

from runnable.ir.unit import CompilationUnit
from tests.support import clusters
from tests.support.argo_programs import fan_out, loop, program, stub

pytestmark = [pytest.mark.cluster, pytest.mark.timeout(600)]
PATH = "/data/2026/{:05d}/".ljust(110, "x")


def state(*nodes, **parameters):
    """The nodes of a workflow that has run, as JSON."""
    finished = clusters.wait(clusters.start(clusters.compiled(CompilationUnit(program(*nodes, **parameters)))))
    assert finished.phase == "Succeeded"
    return json.dumps(finished.nodes, separators=(",", ":")).encode()


def compressed(text):
    return len(base64.b64encode(gzip.compress(text)))


@pytest.fixture(autouse=True)
def _controller():
    clusters.need_controller()


@pytest.mark.parametrize("item", [lambda n: n, PATH.format], ids=["numbers", "paths"])
def test_a_map_takes_as_much_for_each_item_however_many_there_are(item):
    sizes = {n: len(state(fan_out("m", stub("s")), xs=[item(i) for i in range(n)])) / n for n in (60, 240)}
    large = state(fan_out("m", stub("s")), xs=[item(i) for i in range(1_000)])
    sizes[1_000] = len(large) / 1_000
    assert max(sizes.values()) < 1.1 * min(sizes.values()), sizes
    assert sizes[1_000] < 700 + 6 * len(json.dumps(item(999)))
    assert compressed(large) < 250_000


def test_three_thousand_numbers_are_kept_without_a_store():
    assert compressed(state(fan_out("m", stub("s")), xs=list(range(3_000)))) < 250_000


def test_a_map_in_a_map_takes_as_much_for_each_of_its_items():
    nested = fan_out("o", fan_out("i", stub("s"), iterate_on="ys", iterate_as="y"))
    sizes = {n: len(state(nested, xs=list(range(n)), ys=list(range(n)))) / n**2 for n in (10, 30)}
    assert sizes[30] < 1.1 * sizes[10]
    assert sizes[30] < 700 + 6 * 2


def test_a_loops_iterations_take_no_more_the_more_there_are():
    sizes = {
        n: len(state(loop("l", stub("s"), break_on="never", max_iterations=n), never=False)) / n for n in (8, 32, 90)
    }
    assert sizes[32] < 1.15 * sizes[8]
    assert sizes[90] < 1.4 * sizes[8]  # the name of an iteration's node has the names of all that call it
