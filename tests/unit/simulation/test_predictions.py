"""A recorded run, simulated with its own durations, takes as long as it took; and large ones are simulated fast."""

from time import process_time

import pytest

from runnable.executors.local import run as backend
from runnable.executors.settings import LocalSettings
from runnable.ir.nodes import FanOut
from runnable.runs.stores.chunked_fs import ChunkedStore
from runnable.simulation.engine import simulate
from runnable.simulation.known import Given, Known
from runnable.simulation.measured import measured
from runnable.simulation.place import Place
from tests.conformance.test_corpus import built
from tests.support.corpus import CORPUS
from tests.support.local_runs import call, chain, program

NAMES = sorted(CORPUS)[:: max(1, len(CORPUS) // 20)][:20]
WITHIN = 0.10
NOISE = 0.05
"""Seconds that a machine which is busy with other tests may be off: most tasks of the corpus take 0.02 s."""
ATTEMPTS = 3
"""Such a machine may also stop between two tasks for longer than all of them take, at the end of one run or another."""


@pytest.mark.slow
@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("workers", [1, 4])
def test_the_makespan_of_a_recorded_run_is_predicted(name, workers, tmp_path):
    for attempt in range(ATTEMPTS):
        record, simulated = ran_and_simulated(name, workers, tmp_path / str(attempt))
        assert {one.path for one in simulated.ran} == {path for path, step in record.steps.items() if step.attempts}
        assert simulated.status is record.status
        if simulated.makespan == (near := pytest.approx(record.seconds, rel=WITHIN, abs=NOISE)):
            return
    assert simulated.makespan == near


def ran_and_simulated(name, workers, folder):
    """A run, and what it is simulated to be by its own record."""
    found = built(name)
    settings = LocalSettings(enable_parallel=workers > 1, max_workers=workers)
    record = backend.run(found.program, found.functions, settings, ChunkedStore(folder), run_id="the-run")
    known = Known.of(Given(), record)
    about = measured(found.program, known, record)
    at_once = workers if settings.runs_concurrently(found.program) else 1
    place = Place("this machine", at_once, dispatch=about.dispatch or 0.0, around=about.around)
    return record, simulate(found.program, known, place)


@pytest.mark.slow
def test_ten_thousand_tasks_are_simulated_in_two_seconds():
    each = FanOut("each", chain("*", call("fit", reads="item")), "items", "item", max_parallel=200)
    found = program(each, items=list(range(10_000)))
    began = process_time()
    simulated = simulate(found, Known.of(Given(otherwise=3)), Place("argo", None, start=5))
    assert process_time() - began < 2
    assert (len(simulated.ran), simulated.makespan) == (10_000, 10_000 / 200 * 8)
