"""The command line of the fuzzer, see the package."""

from __future__ import annotations

import argparse
import random
import re
import sys
import tempfile
import time
from collections import Counter
from importlib.util import find_spec
from pathlib import Path

from tests.fuzz.targets import TARGETS, Failure, World, one

_LENGTH = 64
"""How many bytes of choices a case has."""


def main() -> int:
    """Fuzz for the time that is given; 1 if something was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz")
    parser.add_argument("--seconds", type=float, default=60, help="of the processor, with the engine random")
    parser.add_argument("--seed", type=int, default=None, help="another one for each time otherwise")
    parser.add_argument("--target", choices=TARGETS, action="append", help="all of them otherwise")
    parser.add_argument(
        "--engine", choices=("atheris", "random"), default="atheris" if find_spec("atheris") else "random"
    )
    parser.add_argument("--case", help="run the one case of these bytes, in hex")
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(1 << 31) if options.seed is None else options.seed
    targets = options.target or list(TARGETS)
    with tempfile.TemporaryDirectory(prefix="runnable-fuzz-") as folder:
        world = World(Path(folder))
        if options.case:
            print(one(world, bytes.fromhex(options.case), targets), "works, or ends with an error of ours")
            return 0
        if options.engine == "atheris":
            return _guided(world, targets, options.seconds, seed)
        return _at_random(world, targets, options.seconds, seed)


def _at_random(world: World, targets: list[str], seconds: float, seed: int) -> int:
    chance, began = random.Random(seed), time.monotonic()
    counts: Counter[str] = Counter()
    found: dict[str, str] = {}
    while time.process_time() < seconds:
        data = chance.randbytes(_LENGTH)
        try:
            counts[one(world, data, targets)] += 1
        except Failure as failure:
            kind = _kind(str(failure))
            if kind not in found:
                found[kind] = data.hex()
                print(f"\nfound: {failure}\nagain with --case {data.hex()}", flush=True)
    took = f"{time.process_time():.0f} s of the processor, {time.monotonic() - began:.0f} s of the clock"
    print(f"engine random, seed {seed}: {sum(counts.values())} cases {dict(counts)}, {len(found)} found, in {took}")
    return 1 if found else 0


def _kind(text: str) -> str:
    """What tells one find from another: the last place and the error."""
    lines = [line for line in text.splitlines() if re.match(r'\s+File "|[A-Za-z.]+(Error|Exception|Exit)\b', line)]
    return " ".join(lines[-2:]) or text[:80]


def _guided(world: World, targets: list[str], seconds: float, seed: int) -> int:
    """Guided by coverage: libFuzzer ends the process itself, at the first find with code 77."""
    import atheris

    def case(data: bytes) -> None:
        try:
            one(world, data, targets)
        except Failure as failure:
            print(f"\nfound: {failure}\nagain with --case {data.hex()}", flush=True)
            raise

    for name in [name for name in sys.modules if name.partition(".")[0] in ("runnable", "runnable_runtime")]:
        module = sys.modules[name]
        for value in list(vars(module).values()):
            if getattr(value, "__module__", "") == name and hasattr(value, "__code__"):
                atheris.instrument_func(value)
    print(f"engine atheris, seed {seed}, {seconds:.0f} s", flush=True)
    atheris.Setup(
        [sys.argv[0], f"-max_total_time={seconds:.0f}", f"-seed={seed}", f"-max_len={_LENGTH}", "-len_control=0"], case
    )
    atheris.Fuzz()
    return 0


if __name__ == "__main__":
    sys.exit(main())
