"""Pipelines of the corpus whose Maps collect what succeeded."""

from __future__ import annotations

from runnable import Conditional, Loop, Map, Parallel, Pipeline, ShellTask, Stub
from runnable.sdk.pipeline import Step


def some(name: str = "some") -> Step:
    """Fails for what is not 2."""
    return ShellTask(name=name, command='[ "$x" = 2 ] && export out="$x"', returns=["out"])


def broken(name: str = "broken") -> Step:
    return ShellTask(name=name, command="exit 3")


def read() -> Step:
    return ShellTask(name="read", command='export result="$out|$failures"', returns=["result"])


def pipe(*steps: Step) -> Pipeline:
    return Pipeline(steps=list(steps))


def collecting(*steps: Step, over: str = "items", **options: object) -> Step:
    return Map(name="map", branch=pipe(*steps), iterate_on=over, iterate_as="x", **{"on_error": "collect", **options})


def in_parallel(*steps: Step) -> Step:
    return Parallel(name="par", branches={"one": pipe(*steps), "two": pipe(Stub(name="idle"), Stub(name="more"))})


def handled(step: Step) -> Step:
    step.on_failure = pipe(ShellTask(name="mend", command="export out=mended", returns=["out"]), Stub(name="end"))
    return step


def again() -> Step:
    """A Map over the list of failures."""
    seen = ShellTask(name="seen", command='export seen="$failure"', returns=["seen"])
    return Map(name="again", branch=pipe(seen), iterate_on="failures", iterate_as="failure")


def sure(value: str = "$x") -> Step:
    return ShellTask(name="sure", command=f'export out="{value}"', returns=["out"])


def repeated() -> Step:
    count = ShellTask(name="count", command="[ $n = 1 ] && export done=true || export done=false", returns=["done"])
    return Loop(name="loop", branch=pipe(collecting(some()), count), break_on="done", index_as="n", max_iterations=3)


def in_rows() -> Step:
    inner = Map(
        name="in", branch=pipe(some()), iterate_on="row", iterate_as="x", on_error="collect", failures="cells_lost"
    )
    last = ShellTask(name="last", command='export out="$cells_lost"; [ "$out" = "[]" ]', returns=["out"])
    return Map(name="out", branch=pipe(inner, last), iterate_on="grid", iterate_as="row", on_error="collect")


GOOD = {
    "collects": lambda: pipe(collecting(some()), read(), again()),
    "collects stubs": lambda: pipe(collecting(Stub(name="idle")), again(), sure("done")),
    "collects nothing": lambda: pipe(collecting(some(), over="none"), read(), again()),
    "collects hostile items": lambda: pipe(collecting(broken(), over="hostile"), again()),
    "collects where all fail": lambda: pipe(collecting(some("first"), broken(), sure()), read()),
    "collects a share": lambda: pipe(collecting(some(), min_success=0.5), read()),
    "collects and reduces": lambda: pipe(collecting(some(), reducer="len"), read()),
    "collects and reduces by a task": lambda: pipe(
        collecting(some(), reducer="lambda xs: len(xs)", min_success=0.5), read()
    ),
    "collects composites": lambda: pipe(collecting(in_parallel(some(), Stub(name="after")), sure()), read()),
    "collects a branch of one step": lambda: pipe(
        collecting(Parallel(name="par", branches={"one": pipe(some())}), sure()), read()
    ),
    "collects what is handled": lambda: pipe(collecting(handled(some())), read()),
    "collects where a handler fails": lambda: pipe(collecting(sure(), handled(some()), broken()), read()),
    "collects an end in failure": lambda: pipe(
        collecting(sure(), Stub(name="give up", terminate_with_failure=True)), read()
    ),
    "collects in a loop": lambda: pipe(repeated(), read()),
    "collects in a Parallel": lambda: pipe(in_parallel(collecting(some()), Stub(name="after")), read()),
    "collects in what collects": lambda: pipe(in_rows(), read()),
    "collects, and a Conditional reads it": lambda: pipe(
        collecting(some(), reducer="lambda xs: f'{len(xs)} kept'"),
        Conditional(name="which", parameter="out", branches={"1 kept": pipe(sure("one"))}, default=pipe(broken())),
    ),
}
BAD = {
    "too few are collected": lambda: pipe(collecting(some(), min_success=0.6), Stub(name="not reached")),
    "too few are collected to reduce": lambda: pipe(
        collecting(some(), reducer="lambda xs: len(xs)", min_success=1), Stub(name="not reached")
    ),
}
