"""The composites, which are steps that hold pipelines: Parallel, Map, Conditional, Loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Literal

from runnable.sdk.pipeline import Pipeline, Step
from runnable_runtime.deferred import dataclass


@dataclass(slots=True, kw_only=True)
class Parallel(Step):
    """A step that runs several branches, waits for all of them, and fails if one of them failed.

    Attributes:
        branches: a Pipeline for each branch's name, at least one.
        max_parallel: how many branches run at the same time, at most; None for no limit.
        fail_fast: True starts no further branch once one has failed; those that have begun run to their end.
        timeout: how long it may take in all, seconds or text such as "10m"; then it is stopped, and has failed.

    A branch sees the parameters that were visible before the Parallel. What branches return is visible after it; if two
    return the same name, the later branch of the mapping wins, whichever ends first.
    """

    branches: Mapping[str, Pipeline]
    max_parallel: int | None = None
    fail_fast: bool = False
    timeout: float | str | None = None


@dataclass(slots=True, kw_only=True)
class Map(Step):
    """A step that runs `branch` once for every item of a list.

    Attributes:
        branch: the Pipeline to run for each item.
        iterate_on: the name of the parameter with the list; its items are JSON values, or pickled objects.
        iterate_as: the name of the parameter that has the item, inside of the branch.
        reducer: makes one value of the list that is returned under each name: a function at the top level of a module,
            the dotted path of one ("statistics.mean"), the name of a builtin ("max"), or the text of a lambda. It is
            called with the values as arguments if it takes `*args`, folded over them if it takes two arguments, else
            called with the list. Or a mapping with a reducer for each return, `{"frame": concat, "rows": "sum"}`; what
            has none in it stays a list.
        max_parallel: how many items run at the same time, at most; None for no limit.
        fail_fast: True starts no further item once one has failed; those that have begun run to their end.
        on_error: "fail" (the default): the Map fails if an item does. "collect": what succeeded is kept, and what
            failed is listed under the name `failures`.
        min_success: the share of the items, from 0 to 1, that has to succeed for the Map to succeed; with it,
            `on_error` is "collect". Without it, "collect" never fails the Map.
        failures: the name of the parameter, after a Map that collects, with a list of the items that failed; each is
            `{"index": 2, "item": "paris", "step": "fetch", "error": "ValueError: no such city"}`. None is "failures".
        timeout: how long it may take in all, seconds or text such as "10m"; then it is stopped, and has failed.
        batch: how many items share a pod on Argo, at most, if the branch's tasks can share one (docs/fusing.md); then
            `max_parallel` counts pods there. "auto" is as many as a pod runs in a given time, by what recorded runs say
            of an item. None is a pod for each task of each item. Elsewhere nothing changes.

    What the branch returns is, after the Map, a list of the items' values in the items' order, or what the reducer
    makes of that list. If an item fails, the others still run, unless `fail_fast` is set, and then the Map fails. If it
    collects, the lists have the values of the items that succeeded.
    """

    branch: Pipeline
    iterate_on: str
    iterate_as: str
    reducer: str | Callable[..., Any] | Mapping[str, str | Callable[..., Any]] | None = None
    max_parallel: int | None = None
    fail_fast: bool = False
    on_error: Literal["fail", "collect"] | None = None
    min_success: float | None = None
    failures: str | None = None
    timeout: float | str | None = None
    batch: int | Literal["auto"] | None = None


@dataclass(slots=True, kw_only=True)
class Conditional(Step):
    """A step that runs the one branch whose name is the value of a parameter.

    Attributes:
        parameter: the name of the parameter, whose value is a text, a number, a boolean or None.
        branches: a Pipeline for each value; values are compared as text: True and "True" are the same key, 1 and "1".
        default: the Pipeline for a value that has no branch. Without one such a value fails the step.
        timeout: how long it may take in all, seconds or text such as "10m"; then it is stopped, and has failed.

    What the chosen branch returns is visible after the Conditional; the other branches are skipped.
    """

    parameter: str
    branches: Mapping[str, Pipeline] | Mapping[bool, Pipeline] | Mapping[int, Pipeline]
    default: Pipeline | None = None
    timeout: float | str | None = None


@dataclass(slots=True, kw_only=True)
class Loop(Step):
    """A step that repeats `branch` until a parameter is True.

    Attributes:
        branch: the Pipeline to repeat; it runs at least once.
        max_iterations: how often the branch runs, at most. Reaching it is no failure.
        break_on: the name of a parameter that the branch returns; after each iteration, True (and no other value) ends
            the loop.
        index_as: the name of the parameter, and environment variable, with the number of the iteration, from 0.
        timeout: how long it may take in all, seconds or text such as "10m"; then it is stopped, and has failed.

    An iteration sees what the iterations before it returned, and what they returned is visible after the Loop. An
    iteration that fails ends the loop and fails it.
    """

    branch: Pipeline
    max_iterations: int
    break_on: str
    index_as: str
    timeout: float | str | None = None
