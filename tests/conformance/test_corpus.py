"""Every pipeline of the corpus ends as it should, with the same record one step after another and concurrently."""

import json
from dataclasses import replace

import pytest

from runnable.executors.local import run as backend
from runnable.executors.settings import LocalSettings
from runnable.frontend.build import build
from runnable.passes import diagnose
from runnable.runs.stores.chunked_fs import ChunkedStore
from runnable_runtime.records.records import Status
from tests.conformance.test_examples import sort_steps, without_times
from tests.support.corpus import CORPUS, PARAMETERS
from tests.support.planned import differences


def built(name):
    found = build(CORPUS[name].make(), __file__)
    found = replace(found, program=replace(found.program, name="corpus", parameters=PARAMETERS))
    assert not diagnose(found), [d.render() for d in diagnose(found)]
    return found


def record(found, folder, *, concurrent):
    settings = LocalSettings(enable_parallel=concurrent)
    store = ChunkedStore(folder / ("concurrent" if concurrent else "sequential"))
    returned = backend.run(found.program, found.functions, settings, store, run_id="the-run")
    assert comparable(store.read("the-run")) == comparable(returned), "what is stored is what is returned"
    return returned


def comparable(found):
    """A record without times; steps in one order, as items are recorded when they are known."""
    return sort_steps(json.loads(json.dumps(found.to_json()), object_hook=without_times))


@pytest.mark.parametrize("name", CORPUS)
def test_a_pipeline_gives_the_same_record_sequentially_and_concurrently(name, tmp_path):
    found = built(name)
    one = record(found, tmp_path, concurrent=False)
    other = record(found, tmp_path, concurrent=True)
    assert (one.status is Status.SUCCEEDED) == CORPUS[name].succeeds, one.message
    assert comparable(one) == comparable(other)
    assert list(differences(found.program, found.functions, one)) == []
