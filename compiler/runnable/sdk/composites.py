"""Steps that hold pipelines: Parallel, Map, Conditional, Loop."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from runnable.sdk.pipeline import Pipeline, Step


@dataclass(slots=True, kw_only=True)
class Parallel(Step):
    """Run every branch; wait for all; fail if one failed. `branches` maps a name to a Pipeline.

    A branch sees what was returned before the Parallel. What branches return is visible after it; where two return
    one name, the later branch of the mapping wins.
    """

    branches: Mapping[str, Pipeline]


@dataclass(slots=True, kw_only=True)
class Map(Step):
    """Run `branch` for every item of the list in the parameter `iterate_on`, the item being its parameter `iterate_as`.

    What the branch returns is, after the Map, a list of the items' values, in their order. `reducer` makes one value
    of each such list: a function, the dotted path of one, the name of a builtin, or the text of a lambda. It is called
    with the values as arguments if it takes `*args`, folded over them if it takes two, else called with the list.
    `max_parallel` limits how many items run at the same time.
    """

    branch: Pipeline
    iterate_on: str
    iterate_as: str
    reducer: str | Callable[..., Any] | None = None
    max_parallel: int | None = None


@dataclass(slots=True, kw_only=True)
class Conditional(Step):
    """Run the one branch whose name is the value of the scalar parameter `parameter`, as text; else `default`.

    True and False are the branches "True" and "False". A value without a branch fails the step.
    """

    parameter: str
    branches: Mapping[str, Pipeline]
    default: Pipeline | None = None


@dataclass(slots=True, kw_only=True)
class Loop(Step):
    """Run `branch` again and again until the parameter `break_on` is True, at most `max_iterations` times.

    The number of the iteration, from 0, is the parameter, and the environment variable, `index_as`. An iteration sees
    what the one before returned, and what the last one leaves is visible after the Loop.
    """

    branch: Pipeline
    max_iterations: int
    break_on: str
    index_as: str
