"""`runnable simulate FILE`: how long a run would take and what it would cost; nothing runs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from runnable.cli.options import RUN_HELP, add_inputs, chosen_store, inputs_of, prefer_options
from runnable.diagnostics.errors import ExitCode
from runnable.diagnostics.terminal import say

if TYPE_CHECKING:
    from runnable.driver.simulate import Answer
    from runnable.simulation.place import Asked, Node
    from runnable_runtime.records.records import RunRecord

T = TypeVar("T")


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("simulate", allow_abbrev=False)
    add_inputs(parser)
    parser.add_argument("--like", metavar="RUN", default="", help=f"how long its steps took: {RUN_HELP}")
    parser.add_argument("--durations", metavar="FILE", default="", help="a YAML file of how long steps take")
    parser.add_argument(
        "-t", "--target", choices=("argo",), default="", help="as a workflow; as the configuration says otherwise"
    )
    parser.add_argument(
        "--at-once", type=_number, metavar="N", help="workers, or pods, at one time; as configured otherwise"
    )
    parser.add_argument("--start", type=_seconds, metavar="TIME", help="how long a pod takes to start")
    parser.add_argument(
        "--node",
        type=_node,
        action="append",
        default=[],
        metavar="cpu=N,memory=N,gpu=N,count=N",
        help="nodes that pods have to fit on; repeatable",
    )
    parser.add_argument(
        "--quota", type=_quota, metavar="cpu=N,memory=N,gpu=N", help="what all pods may ask for together"
    )
    parser.add_argument(
        "--variants",
        action=argparse.BooleanOptionalAction,
        default=None,
        help="whether to try faster steps, more workers and the like; by itself for up to 1000 tasks",
    )
    parser.add_argument("--max-time", type=_seconds, metavar="TIME", help="end with 9 if it takes longer")
    parser.add_argument("--max-cost", type=float, metavar="NUMBER", help="end with 9 if it costs more")
    parser.add_argument("--format", choices=("text", "json"), default="text", help="json is for other tools")
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Print what would be."""
    from runnable.configuration.project import in_project
    from runnable.driver.simulate import Scenario, simulation
    from runnable.frontend.loading import load

    prefer_options(options)
    loaded = load(options.pipeline)
    root = Path(loaded.unit.program.root)
    like = _like(options, root)
    if like is not None and not options.config:
        options.config = in_project(like.configuration, root)
    unit, configuration = inputs_of(loaded, options)
    scenario = Scenario(
        target=options.target,
        durations=options.durations,
        like=like,
        at_once=options.at_once,
        start=options.start,
        nodes=tuple(options.node),
        quota=options.quota,
        try_variants=options.variants,
    )
    answer = simulation(unit, configuration, scenario)
    _print(options, answer, unit.program.source)
    return _limits(options, answer)


def _like(options: argparse.Namespace, root: Path) -> RunRecord | None:
    if not options.like:
        return None
    from runnable.runs.lookup import find_run

    store = chosen_store(options, root)
    return store.read(find_run(store, options.like))


def _print(options: argparse.Namespace, answer: Answer, source: str) -> None:
    if options.format == "text":
        from runnable.simulation.text import render

        say(render(answer.simulated, answer.variants, answer.prices, source))
        return
    import json

    found = answer.simulated
    document = {
        "version": 1,
        "pipeline": found.program.name,
        "source": source,
        "like": options.like or None,
        "place": found.place.to_json(),
        "prices": answer.prices.to_json(),
        **found.to_json(answer.prices),
        "variants": [one.to_json(answer.prices) for one in answer.variants],
    }
    say(json.dumps(document, indent=1))


def _limits(options: argparse.Namespace, answer: Answer) -> ExitCode:
    found, prices = answer.simulated, answer.prices
    too_much = []
    if options.max_time is not None and found.makespan > options.max_time:
        too_much.append(f"it takes {found.makespan:.1f} s, more than --max-time {options.max_time:g} s")
    if options.max_cost is not None and (cost := found.cost(prices)) > options.max_cost:
        too_much.append(f"it costs {cost:.4f} {prices.currency}, more than --max-cost {options.max_cost:g}")
    for one in too_much:
        say(f"runnable simulate: {one}", file=sys.stderr)
    return ExitCode.EXCEEDED if too_much else ExitCode.OK


def _number(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number from 1")
    return int(text)


def _seconds(text: str) -> float:
    from runnable.configuration.quantities import parse_duration

    return _read(lambda: parse_duration(float(text) if text.replace(".", "", 1).isdigit() else text))


def _node(text: str) -> Node:
    from runnable.simulation.place import read_node

    return _read(lambda: read_node(text))


def _quota(text: str) -> Asked:
    from runnable.simulation.place import read_quota

    return _read(lambda: read_quota(text))


def _read(reader: Callable[[], T]) -> T:
    try:
        return reader()
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
