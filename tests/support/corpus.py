"""Small pipelines: each construct, each construct in each other, and deeper ones. All tasks are shells.

`CORPUS` maps a name to a function that makes the pipeline, and whether its run succeeds. Every pipeline has the
parameters `PARAMETERS`.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from shlex import quote

from runnable import Conditional, Loop, Map, Parallel, Pipeline, ShellTask, Stub
from runnable.sdk.pipeline import Step
from tests.support import corpus_collecting, corpus_conditions, corpus_graphs

HOSTILE = [
    "plain",
    "quotes \" and ' and \\ back",
    "{{workflow.name}} {{=1+1}} }} {",
    "$(HOME) $$ ${HOME}",
    "lines\nand\ttabs \x01 \x7f",
    "größe 💥 \u2028",
    "(1:2) [3] #",
    "1e3",
    "long " * 200,
    1.0,
    1000.0,
    2**60 + 1,
    -0.5,
    None,
    True,
    {"b": 1.0, "a": [{}, [[]], "}]"]},
    [[1.0], []],
    "",
]
"""Items that a manifest, an expression, a node's name or Go's numbers could change."""
BRANCHES = ["}} {{", 'it\'s "x" {{y}}}} \\', "two\nlines", "{{=1+1}}", "$(HOME)", "größe 💥", "in"]
"""Names of branches that an expression, a tag, or a node's name could change."""
WORDS = ["let", "and", "not", "or", "matches", "contains", "if", "else", "true", "false", "nil", "len", "name"]
"""Names that mean something else in an expression of Argo's, or could."""
PARAMETERS = {
    "items": [1, 2],
    "grid": [[1, 2], [3]],
    "none": [],
    "hostile": HOSTILE,
    "ways": BRANCHES,
    "side": "heads",
    "flag": True,
    "base": 5,
    "sign": "$$ $(HOME)",
}


@dataclass(frozen=True)
class Case:
    """One pipeline of the corpus."""

    make: Callable[[], Pipeline]
    succeeds: bool = True


def task(name="task", value="$base") -> Step:
    return ShellTask(name=name, command=f"export out={value}", returns=["out"])


def failing(name="fails") -> Step:
    return ShellTask(name=name, command="exit 3")


def wrap_task(step: Step | None = None) -> Step:
    return step or task()


def wrap_parallel(step: Step) -> Step:
    other = ShellTask(name="other", command="export side_out=7", returns=["side_out"])
    return Parallel(name="parallel", branches={"one": pipe(step), "two": pipe(other, Stub(name="stub"))})


def wrap_map(step: Step) -> Step:
    before = ShellTask(name="before", command="export base=$((item + 10))", returns=["base"])
    return Map(name="map", branch=pipe(before, step), iterate_on="items", iterate_as="item")


def wrap_reduced(step: Step) -> Step:
    return Map(name="reduced", branch=pipe(step), iterate_on="items", iterate_as="item", reducer="lambda xs: len(xs)")


def wrap_conditional(step: Step) -> Step:
    tails = ShellTask(name="tails task", command="export out=0", returns=["out"])
    return Conditional(name="conditional", parameter="side", branches={"heads": pipe(step), "tails": pipe(tails)})


def wrap_loop(step: Step) -> Step:
    count = ShellTask(
        name="count",
        command="export seen=$((round + 1)); [ $round = 1 ] && export done=true || export done=false",
        returns=["seen", "done"],
    )
    return Loop(name="loop", branch=pipe(step, count), break_on="done", index_as="round", max_iterations=5)


def wrap_handled(step: Step) -> Step:
    """The step runs, then something fails and is handled."""
    return Parallel(name="guarded", branches={"tried": Pipeline(steps=[step, with_handler(failing(), task("mend"))])})


def with_handler(step: Step, *handler: Step) -> Step:
    step.on_failure = Pipeline(steps=list(handler))
    return step


WRAPPERS = {
    "parallel": wrap_parallel,
    "map": wrap_map,
    "reduced": wrap_reduced,
    "conditional": wrap_conditional,
    "loop": wrap_loop,
    "handled": wrap_handled,
}


def mapped(*steps: Step, over: str = "items", **options: object) -> Step:
    return Map(name="map", branch=pipe(*steps), iterate_on=over, iterate_as="x", **options)


def cells(value: str) -> Step:
    """A map in a map, over the numbers in the rows of the grid; each returns `value`."""
    each = Map(name="cells", branch=pipe(task(value=value)), iterate_on="row", iterate_as="cell")
    return Map(name="rows", branch=pipe(each), iterate_on="grid", iterate_as="row")


def pipe(*steps: Step) -> Pipeline:
    return Pipeline(steps=list(steps))


def read() -> Step:
    return ShellTask(name="read", command='export result="$out"', returns=["result"])


def signs() -> Pipeline:
    """Texts in which Argo and Kubernetes replace something: in a command, a parameter, a variable, a return."""
    write = ShellTask(name="write", command="export out='{{x}} $$5 $(HOME) $$(HOME)'", returns=["out"])
    command = 'export result="$out|$sign|$SIGN"'
    return pipe(write, ShellTask(name="join", command=command, env={"SIGN": "$$ $(HOME) $"}, returns=["result"]))


def versions() -> Pipeline:
    """Texts that look like numbers: they are passed on as they are, and a Conditional compares them so."""
    write = ShellTask(
        name="write", command="export sha=73e5; export version=1.10; export n=007", returns=["sha", "version", "n"]
    )
    again = ShellTask(name="again", command='export sha="$sha"; export all="$sha $version $n"', returns=["sha", "all"])
    branches = {"73e5": pipe(task(value="kept")), "7300000.0": pipe(failing())}
    return pipe(write, again, Conditional(name="which", parameter="sha", branches=branches), read())


def seeded_maps() -> Pipeline:
    """Two maps beside each other, each over a list that a task before it makes."""

    def branch(name: str) -> Pipeline:
        seed = ShellTask(name="seed", command=f'export {name}="[1, 2, 3]"', returns=[name])
        return pipe(seed, mapped(task(value="$x"), over=name))

    return pipe(Parallel(name="maps", branches={"left": branch("these"), "right": branch("those")}))


def nested(*names: str) -> Callable[[], Pipeline]:
    """A task in the last construct, which is in the one before, and so on; then a step that reads what came out."""

    def make() -> Pipeline:
        step = task()
        for name in reversed(names):
            step = WRAPPERS[name](step)
        return pipe(step, read())

    return make


def _singles() -> dict[str, Case]:
    return {
        "chain": Case(lambda: pipe(task("a"), Stub(name="b"), read())),
        "signs": Case(signs),
        "words of Argo's expressions": Case(
            lambda: pipe(
                *(Stub(name=word) for word in WORDS),
                Parallel(name="in", branches={"not": pipe(task("or")), "b": pipe(Stub(name="let"))}),
                read(),
            )
        ),
        **{name: Case(nested(name)) for name in WRAPPERS},
        "map of lists": Case(
            lambda: pipe(
                cells("$cell"),
                read(),
            )
        ),
        "map of nothing": Case(lambda: pipe(mapped(task(), over="none"), read())),
        "map of a return": Case(
            lambda: pipe(
                ShellTask(name="list", command='export xs=\'["a", null, 1.5, {"k": [true]}]\'', returns=["xs"]),
                Map(name="map", branch=pipe(task(value='"$x"')), iterate_on="xs", iterate_as="x", max_parallel=2),
                read(),
            )
        ),
        "map of hostile items": Case(
            lambda: pipe(
                ShellTask(name="list", command=f"export xs={quote(json.dumps(HOSTILE))}", returns=["xs"]),
                Map(name="map", branch=pipe(task(value='"$x"')), iterate_on="xs", iterate_as="x"),
                read(),
            )
        ),
        "map of hostile items that are typed": Case(
            lambda: pipe(
                Map(name="map", branch=pipe(task(value='"$x"')), iterate_on="hostile", iterate_as="x"),
                read(),
            )
        ),
        "map of what a map returned": Case(
            lambda: pipe(
                Map(name="map", branch=pipe(task("one", '"$x"')), iterate_on="hostile", iterate_as="x"),
                Map(name="again", branch=pipe(task("two", '"$y"'), read()), iterate_on="out", iterate_as="y"),
                read(),
            )
        ),
        "map of the lists that a map in a map returned": Case(
            lambda: pipe(
                cells('"$cell"'),
                Map(
                    name="back",
                    branch=pipe(Map(name="in", branch=pipe(task(value='"$y"')), iterate_on="ys", iterate_as="y")),
                    iterate_on="out",
                    iterate_as="ys",
                ),
                read(),
            )
        ),
        "builtin reducer": Case(
            lambda: pipe(
                Map(name="map", branch=pipe(task(value="$x")), iterate_on="items", iterate_as="x", reducer="max"),
                read(),
            )
        ),
        "boolean branch": Case(
            lambda: pipe(
                Conditional(
                    name="c", parameter="flag", branches={"True": pipe(task("yes")), "False": pipe(task("no"))}
                ),
                read(),
            )
        ),
        "branches of hostile names": Case(
            lambda: pipe(
                Map(
                    name="map",
                    branch=pipe(
                        Conditional(
                            name="c",
                            parameter="way",
                            branches={name: pipe(task(f"t{n}", str(n))) for n, name in enumerate(BRANCHES)},
                        )
                    ),
                    iterate_on="ways",
                    iterate_as="way",
                ),
                read(),
            )
        ),
        "default branch": Case(
            lambda: pipe(
                Conditional(name="c", parameter="base", branches={"6": pipe(task("six"))}, default=pipe(task("else"))),
                read(),
            )
        ),
        "a branch adds to what was there": Case(
            lambda: pipe(
                task("first", "1"),
                Conditional(
                    name="c", parameter="side", branches={"heads": pipe(Stub(name="s")), "tails": pipe(task("t", "2"))}
                ),
                read(),
            )
        ),
        "loop to its limit": Case(
            lambda: pipe(
                Loop(
                    name="loop",
                    branch=pipe(ShellTask(name="t", command="export out=$i stop=false", returns=["out", "stop"])),
                    break_on="stop",
                    index_as="i",
                    max_iterations=3,
                ),
                read(),
            )
        ),
    }


def or_stop(good: str, bad: str) -> Step:
    stop = Stub(name="stop", terminate_with_failure=True)
    return Conditional(name="c", parameter="side", branches={good: pipe(task()), bad: pipe(stop)})


def _failures() -> dict[str, Case]:
    return {
        "a task fails": Case(lambda: pipe(failing(), Stub(name="not reached")), succeeds=False),
        "a branch fails": Case(
            lambda: pipe(Parallel(name="p", branches={"bad": pipe(failing()), "good": pipe(task())}), Stub(name="n")),
            succeeds=False,
        ),
        "an item fails": Case(
            lambda: pipe(
                Map(
                    name="map",
                    branch=pipe(ShellTask(name="t", command="[ $x = 1 ]"), Stub(name="after")),
                    iterate_on="items",
                    iterate_as="x",
                ),
                Stub(name="not reached"),
            ),
            succeeds=False,
        ),
        "an iteration fails": Case(
            lambda: pipe(
                Loop(
                    name="loop",
                    branch=pipe(ShellTask(name="t", command="export stop=false; [ $i = 0 ]", returns=["stop"])),
                    break_on="stop",
                    index_as="i",
                    max_iterations=4,
                ),
                Stub(name="not reached"),
            ),
            succeeds=False,
        ),
        "no branch for the value": Case(
            lambda: pipe(
                ShellTask(name="choose", command="export choice=right", returns=["choice"]),
                Conditional(name="c", parameter="choice", branches={"left": pipe(task())}),
                Stub(name="n"),
            ),
            succeeds=False,
        ),
        "a failure ends in success": Case(
            lambda: pipe(with_handler(failing(), task("mend"), Stub(name="end")), Stub(name="n"))
        ),
        "a failure ends in failure": Case(
            lambda: pipe(with_handler(failing(), Stub(name="give up", terminate_with_failure=True)), Stub(name="n")),
            succeeds=False,
        ),
        "a handler fails": Case(
            lambda: pipe(with_handler(failing(), failing("worse")), Stub(name="n")), succeeds=False
        ),
        "a handler that is not needed": Case(lambda: pipe(with_handler(task(), task("mend")), read())),
        "a Parallel is handled": Case(
            lambda: pipe(
                with_handler(
                    Parallel(name="p", branches={"bad": pipe(failing()), "good": pipe(task())}), task("mend"), read()
                ),
                Stub(name="n"),
            )
        ),
        "a Map is handled": Case(
            lambda: pipe(
                with_handler(
                    Map(name="map", branch=pipe(failing()), iterate_on="items", iterate_as="x"), task("mend"), read()
                ),
                Stub(name="n"),
            )
        ),
        "a Conditional is handled": Case(
            lambda: pipe(
                with_handler(
                    Conditional(name="c", parameter="side", branches={"left": pipe(task())}), task("mend"), read()
                ),
                Stub(name="n"),
            )
        ),
        "a branch that ends in failure need return nothing": Case(
            lambda: pipe(or_stop("heads", "tails"), read()),
        ),
        "a branch ends in failure": Case(lambda: pipe(or_stop("tails", "heads"), read()), succeeds=False),
        "a success ends in failure": Case(
            lambda: pipe(task(), Stub(name="end", terminate_with_failure=True)), succeeds=False
        ),
    }


CORPUS: dict[str, Case] = {
    **_singles(),
    **_failures(),
    **{f"{inner} in {outer}": Case(nested(outer, inner)) for outer in WRAPPERS for inner in WRAPPERS if inner != outer},
    "three kinds in a reduced map": Case(nested("reduced", "conditional", "parallel", "loop")),
    "four deep": Case(nested("parallel", "reduced", "loop", "conditional", "handled")),
    "two maps with a seed each": Case(seeded_maps),
    "texts that look like numbers": Case(versions),
    "loop over a map over a parallel": Case(nested("loop", "map", "parallel")),
    **{
        name: Case(make)
        for more in (corpus_collecting, corpus_conditions, corpus_graphs)
        for name, make in more.GOOD.items()
    },
    **{name: Case(make, False) for more in (corpus_collecting, corpus_graphs) for name, make in more.BAD.items()},
}
