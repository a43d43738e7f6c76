"""Pipelines of the corpus whose steps say `after`."""

from __future__ import annotations

from runnable import Conditional, Loop, Map, Parallel, Pipeline, ShellTask, Stub
from runnable.sdk.pipeline import Step


def task(name: str, value: str = "$base") -> Step:
    """Returns `<name>_out`."""
    return ShellTask(name=name, command=f"export {name}_out={value}", returns=[f"{name}_out"])


def failing(name: str = "fails") -> Step:
    return ShellTask(name=name, command="exit 3")


def crossed(*more: Step) -> Pipeline:
    """c after a, d after a and b; `more` starts at once."""
    a, b, c = task("a", "1"), task("b", "2"), task("c", '"$a_out-c"')
    d = ShellTask(name="d", command='export out="$a_out|$b_out"', returns=["out"])
    end = ShellTask(name="end", command='export result="$out|$c_out"', returns=["result"])
    return Pipeline(steps=[end.after(c, d), d.after(a, b), c.after(a), a, b, *more])


def composites() -> Pipeline:
    """A member of each kind, with edges across."""
    first, other = task("first", "'[1, 2]'"), task("other", "5")
    each = Map(name="each", branch=crossed(), iterate_on="items", iterate_as="item")
    both = Parallel(name="both", branches={"graph": crossed(), "plain": task("plain").as_pipeline()})
    which = Conditional(
        name="which", parameter="side", branches={"heads": crossed(), "tails": Pipeline(steps=[Stub(name="s")])}
    )
    count = ShellTask(name="count", command="[ $n = 1 ] && export done=true || export done=false", returns=["done"])
    again = Loop(name="again", branch=count.as_pipeline(), break_on="done", index_as="n", max_iterations=3)
    last = ShellTask(name="last", command='export end="$first_out|$other_out"', returns=["end"])
    steps = [
        first,
        other,
        each.after(first),
        both.after(first, other),
        which.after(other),
        again,
        last.after(each, both, again),
    ]
    return Pipeline(steps=steps)


def handled() -> Pipeline:
    """A failure whose handler is a graph; what waits for the step is skipped, the rest runs."""
    mend, tell, both = task("mend", "1"), task("tell", "2"), ShellTask(name="both", command='test "$mend_out" = 1')
    bad = failing()
    bad.on_failure = Pipeline(steps=[mend, tell, both.after(mend, tell)])
    good, left, right = task("good", "3"), Stub(name="left"), Stub(name="right")
    return Pipeline(steps=[bad, good, left.after(bad, good), right.after(good)])


def fails() -> Pipeline:
    bad, good, left, right = failing(), task("good"), Stub(name="left"), Stub(name="right")
    return Pipeline(steps=[bad, good, left.after(bad, good), right.after(good)])


def ends_in_failure() -> Pipeline:
    """One of two ends says so, and another failure is handled."""
    a, bad = task("a"), failing()
    bad.on_failure = Stub(name="sorry").as_pipeline()
    stop = Stub(name="stop", terminate_with_failure=True)
    return Pipeline(steps=[a, stop.after(a), Stub(name="go").after(a), bad])


def collecting() -> Pipeline:
    """An item of which one end fails; the others are kept."""
    a = task("a", "$x")
    some = ShellTask(name="some", command='[ "$x" = 2 ] && export out="$x"', returns=["out"])
    branch = Pipeline(steps=[a, some.after(a), Stub(name="beside").after(a)])
    read = ShellTask(name="read", command='export result="$out|$failures"', returns=["result"])
    each = Map(name="map", branch=branch, iterate_on="items", iterate_as="x", on_error="collect")
    return Pipeline(steps=[each, read])


GOOD = {
    "graph": crossed,
    "graph in each composite of a graph": composites,
    "a failure in a graph is handled by a graph": handled,
    "a map of graphs collects": collecting,
}
BAD = {
    "a step of a graph fails": fails,
    "a graph ends in failure": ends_in_failure,
    "a graph in a graph fails": lambda: Pipeline(
        steps=[Parallel(name="p", branches={"bad": fails(), "good": crossed()}), task("x").after()]
    ),
}
