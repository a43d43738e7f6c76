"""Pipelines of the corpus in which a number decides, as JSON writes it, and what the items of a Map are reduced to."""

import json
from collections.abc import Callable
from shlex import quote

from runnable import Conditional, Map, Pipeline, ShellTask
from runnable.sdk.pipeline import Step

NUMBERS = [1e-05, 1.5e-07, 1e16, 1.2345678901234568e17, 1e22, 1000.0, -0.0, 2**53 + 1, 10**20, 0, -3]
"""Numbers that Go writes otherwise than Python, or does not know."""


def _pipe(*steps: Step) -> Pipeline:
    return Pipeline(steps=list(steps))


def _exported(name: str, value: str) -> Step:
    return ShellTask(name=name, command=f"export {name}={value}", returns=[name])


def _of_numbers() -> Pipeline:
    branches = {str(number): _pipe(_exported("out", str(n))) for n, number in enumerate(NUMBERS)}
    which = Conditional(name="which", parameter="number", branches=branches)
    one = Map(name="each", branch=_pipe(which), iterate_on="numbers", iterate_as="number")
    again = Map(
        name="again",
        branch=_pipe(_exported("kept", "$number")),
        iterate_on="numbers",
        iterate_as="number",
    )
    of_results = Map(
        name="of results",
        branch=_pipe(Conditional(name="which", parameter="kept_one", branches=branches)),
        iterate_on="kept",
        iterate_as="kept_one",
    )
    return _pipe(_exported("numbers", quote(json.dumps(NUMBERS))), one, again, of_results)


def _reduced(values: str, reducer: str, branch: str) -> Callable[[], Pipeline]:
    """A Conditional that is decided by what a Map is reduced to; all its branches but `branch` fail."""

    def make() -> Pipeline:
        each = Map(
            name="each",
            branch=_pipe(_exported("score", "$one")),
            iterate_on="ones",
            iterate_as="one",
            reducer=reducer,
        )
        bad = _pipe(ShellTask(name="bad", command="exit 3"))
        which = Conditional(
            name="which", parameter="score", branches={branch: _pipe(_exported("out", "1"))}, default=bad
        )
        return _pipe(_exported("ones", quote(values)), each, which)

    return make


GOOD: dict[str, Callable[[], Pipeline]] = {
    "branches of numbers": _of_numbers,
    "a branch of the largest float": _reduced("[1.0, 2.0]", "max", "2.0"),
    "a branch of the smallest number": _reduced("[1e16, 1e-05]", "min", "1e-05"),
    "a branch of a sum of floats": _reduced("[1.5, 1.5]", "sum", "3.0"),
    "a branch of a sum of booleans": _reduced("[true, false, true]", "sum", "2"),
    "a branch of the largest text": _reduced('["b", "a", "c"]', "max", "c"),
    "a branch of the largest boolean": _reduced("[true, false]", "max", "True"),
}
