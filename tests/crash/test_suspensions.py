"""Runs that are stopped for seconds to minutes while another host, whose clock is off, retries them.

RUNNABLE_SUSPENSIONS of each store with `make test-crash`, ten at a time; what they take is mostly waiting.
"""

from __future__ import annotations

import os
import random
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.support.kills import STORES
from tests.support.s3 import new_prefix
from tests.support.suspended import Outcomes, suspend

MANY = int(os.environ.get("RUNNABLE_SUSPENSIONS", "20"))
LONGEST = float(os.environ.get("RUNNABLE_LONGEST_SUSPENSION", "200"))

host = pytest.mark.skipif(os.getuid() != 0 or shutil.which("unshare") is None, reason="a host's name is root's to give")


@host
@pytest.mark.crash
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("kind", ["file-system", "chunked-fs", pytest.param("chunked-s3", marks=pytest.mark.s3)])
def test_what_is_suspended_and_retried_elsewhere_is_done_once_and_comes_to_its_end(
    kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    outcomes, chance = Outcomes(), random.Random(kind)

    def one(number: int) -> None:
        seed = number
        while not suspended(seed, lengths[number]):
            seed += MANY

    def suspended(seed: int, seconds: float) -> bool:
        place = new_prefix().removeprefix("s3://") if kind == "chunked-s3" else tmp_path / str(seed)
        return suspend(tmp_path / str(seed), STORES[kind] % place, seed, seconds, outcomes)

    lengths = [LONGEST ** chance.random() for _ in range(MANY)]  # from 1 s on, as many short ones as long ones
    with ThreadPoolExecutor(10) as pool:
        list(pool.map(one, range(MANY)))
    with capsys.disabled():
        seconds = sorted(outcomes.seconds)
        print(f"\n{kind}: {MANY} suspensions of {seconds[0]:.0f} to {seconds[-1]:.0f} s; {dict(outcomes.ends)};")
        print(f"{outcomes.under_way} steps were under way in stopped processes, and done elsewhere as well")
