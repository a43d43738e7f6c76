"""Which tests of a tier are run: all, or a representative selection; and what a run of the tests leaves out.

`--representative` leaves out tests that are marked `thorough`; `--deadline` skips those that have not begun by then.
Both lists are printed at the end.
"""

import time
from collections.abc import Collection, Iterable
from typing import Any

import pytest

_LATE = "the time given for the tests was over (--deadline)"


def representative(cases: Iterable[Any], chosen: Collection[Any]) -> list[Any]:
    """The cases of a parametrized test; those that are not `chosen` are marked `thorough`."""
    found = list(cases)
    assert not (unknown := [case for case in chosen if case not in found]), unknown
    return [case if case in chosen else thorough(case) for case in found]


def thorough(case: Any) -> Any:
    """A case of a parametrized test that is marked `thorough`."""
    return pytest.param(*(case if isinstance(case, tuple) else (case,)), marks=pytest.mark.thorough)


class Selection:
    """The pytest plugin of both options."""

    def __init__(self) -> None:
        self._left_out: set[str] = set()

    @pytest.hookimpl(trylast=True)  # after `-m` has chosen the tier
    def pytest_collection_modifyitems(self, config, items):
        if config.getoption("--representative"):
            left = [item for item in items if item.get_closest_marker("thorough")]
            items[:] = [item for item in items if not item.get_closest_marker("thorough")]
            self._left_out.update(item.nodeid for item in left)
            config.hook.pytest_deselected(items=left)

    def pytest_runtest_setup(self, item):
        """Skip what there is no more time for, but not the second try of what has failed: that is no skipped test."""
        deadline = item.config.getoption("--deadline")
        again = getattr(item, "execution_count", 1) > 1  # set by --reruns
        if deadline is not None and time.time() > deadline and not again:
            pytest.skip(_LATE)

    def pytest_sessionfinish(self, session):
        """A worker of pytest-xdist, which alone collects tests, hands the list to the process that prints it."""
        if hasattr(session.config, "workeroutput"):
            session.config.workeroutput["left_out"] = sorted(self._left_out)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node):
        self._left_out.update(getattr(node, "workeroutput", {}).get("left_out", ()))

    def pytest_terminal_summary(self, terminalreporter):
        skipped = terminalreporter.stats.get("skipped", ())
        late = {report.nodeid for report in skipped if _LATE in str(report.longrepr)}
        for title, tests in (("left out by --representative", self._left_out), ("skipped by --deadline", late)):
            if tests:
                terminalreporter.section(f"{title}: {len(tests)} tests")
                terminalreporter.write("".join(f"{line}\n" for line in _by_function(tests)))


def _by_function(tests: Iterable[str]) -> list[str]:
    """The ids of tests, a line for each function: its parameters follow it."""
    found: dict[str, list[str]] = {}
    for test in sorted(tests):
        function, bracket, parameters = test.partition("[")
        found.setdefault(function, []).extend([parameters[:-1]] if bracket else [])
    return [f"{name}: {', '.join(cases)}" if cases else name for name, cases in found.items()]
