"""Steps that are looked up in Argo's cache: a DAG around the pod, which the controller finishes without one if it can.

    step: [run: the pod]     memoize: {key: <step>-<its code, image and environment>-<what it is given>}

The controller looks up the key before it starts anything. What is known when the manifest is compiled is a digest in
the call; of what the step is given, the template makes one (`cache_key`).

The cache belongs to the DAG, and not to the pod: a pod whose outputs do not fit into the ConfigMap any more ends in an
error (4.1.2, podReconciliation in workflow/controller/operator.go). A DAG succeeds all the same, and is not kept
(executeDAG in dag.go).
"""

from __future__ import annotations

from collections.abc import Mapping

from runnable.targets.argo.api import core, models
from runnable.targets.argo.expressions import (
    CODE,
    GIVEN_INPUT,
    GIVEN_SPEC,
    INPUT,
    INPUT_TEXT,
    PROGRAM,
    SPEC,
    Output,
    given_argument,
    tag,
)
from runnable.targets.argo.wiring import inputs, output
from runnable_runtime.deferred import dataclass

_KEY_IN_STORE = """'(?m)^([[]"object","[^"]*",[{])"key":"[^"]*",'"""
"""In the line of a value that is in the store, where it is; what follows has a digest of its content."""
_POSITION = """'(?m)^([[]"item",(?:"[^"]*",){2}[[])[0-9]+,[0-9]+,'"""
_NUMBER = """'(?m)^([[]"number",[[])[0-9]+,[0-9]+'"""
"""In the line of an item that has its value, or whose value is not read, its position and how many there are."""


@dataclass(frozen=True, slots=True)
class StepCache:
    """Argo's cache: the ConfigMap, the `max_age` of what is in it as a duration of Argo's, and the steps.

    `keys` has by path what a step's key begins with, `left_out` why others with `cache=True` have none.
    """

    config_map: str
    max_age: str
    keys: Mapping[str, str]
    left_out: Mapping[str, str]

    def memoize(self) -> models.Memoize:
        """What a template has that is looked up."""
        cache = models.Cache(config_map=core.LocalObjectReference(name=self.config_map))
        return models.Memoize(cache=cache, key=cache_key(), max_age=self.max_age)


def cached_dag(name: str, template: str, cache: StepCache, *, returns: bool) -> models.Template:
    """The template `name` of steps that are looked up, and else run in a pod of `template`."""
    given = {SPEC: GIVEN_SPEC, INPUT: GIVEN_INPUT}
    parameters = [models.Parameter(name=one, value=text) for one, text in given.items()]
    task = models.DAGTask(name=PROGRAM, template=template, arguments=models.Arguments(parameters=parameters))
    return models.Template(
        name=name,
        dag=models.DAGTemplate(tasks=[task]),
        inputs=inputs(**{SPEC: "", CODE: ""}),
        memoize=cache.memoize(),
        outputs=output(Output(PROGRAM).expression()) if returns else None,
    )


def cache_key() -> str:
    """The key in Argo's cache of a step: what its call says, and a digest of what it is given.

    An item counts by its value, not by its position, and what is in the store by its content, not by its place, which
    is another one in each run. Argo takes letters, digits and hyphens.
    """
    text = INPUT_TEXT
    for pattern in (_KEY_IN_STORE, _POSITION, _NUMBER):
        text = f"sprig.regexReplaceAll({pattern}, {text}, '${{1}}')"
    return given_argument(CODE) + "-" + tag(f"sprig.sha256sum({text})[:32]")
