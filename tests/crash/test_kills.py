"""`kill -9` of a run, of a worker, and of whoever writes the record in the midst of a write.

A few in the default tests; RUNNABLE_KILLS of each store with `make test-crash`.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.support.kills import STORES, VICTIMS, Tally, kill_until_it_ends
from tests.support.s3 import new_prefix

FOLDERS = ["file-system", "chunked-fs"]
MANY = int(os.environ.get("RUNNABLE_KILLS", "100"))


@pytest.mark.slow
@pytest.mark.parametrize("kind", FOLDERS)
def test_a_run_that_is_killed_at_any_point_loses_nothing_and_comes_to_its_end(kind: str, tmp_path: Path) -> None:
    kill_many(kind, tmp_path, 2, first_seed=1)


@pytest.mark.s3
@pytest.mark.timeout(300)
def test_so_it_is_where_the_record_is_in_a_bucket(tmp_path: Path) -> None:
    kill_many("chunked-s3", tmp_path, 5, first_seed=1)


@pytest.mark.crash
@pytest.mark.timeout(3600)
@pytest.mark.parametrize(
    "kind", [*FOLDERS, "file-system, in workers", pytest.param("chunked-s3", marks=pytest.mark.s3)]
)
def test_hundreds_of_kills(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    tally = kill_many(kind, tmp_path, MANY // 5 if kind == "chunked-s3" else MANY, first_seed=1000)
    with capsys.disabled():
        print(f"\n{kind}: killed {dict(tally.kills)}; others ended with {dict(tally.ends)}; {tally.reads} reads")


def kill_many(kind: str, folder: Path, most: int, *, first_seed: int) -> Tally:
    tally, kills, seed = Tally(), 0, first_seed
    while kills < most:
        place = new_prefix().removeprefix("s3://") if kind == "chunked-s3" else folder / str(seed)
        kills += kill_until_it_ends(folder / str(seed), STORES[kind] % place, seed, tally, VICTIMS[kind])
        seed += 1
    return tally
