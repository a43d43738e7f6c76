"""What in a fragment of a pod's spec no node can fulfil, or Kubernetes would refuse: affinity and topology spread."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from runnable.diagnostics.wording import did_you_mean
from runnable.targets.kubernetes.pod_schema import Mistake
from runnable_runtime.protocol import Json

_OPERATORS = ("In", "NotIn", "Exists", "DoesNotExist")
_OF_NODES = (*_OPERATORS, "Gt", "Lt")
_REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution"
_PREFERRED = "preferredDuringSchedulingIgnoredDuringExecution"
_UNSATISFIABLE = ("DoNotSchedule", "ScheduleAnyway")


def unschedulable(fragment: Mapping[str, Json]) -> Iterator[Mistake]:
    """The mistakes in `fragment`, which is as the schema has it."""
    affinity = fragment.get("affinity", {})
    for at, term in _node_terms(affinity.get("nodeAffinity", {})):
        yield from _node_term(term, at)
    for kind in ("podAffinity", "podAntiAffinity"):
        for at, term in _pod_terms(affinity.get(kind, {}), f"affinity.{kind}"):
            yield from _selector(term.get("labelSelector", {}), f"{at}.labelSelector")
    for index, spread in enumerate(fragment.get("topologySpreadConstraints", [])):
        at = f"topologySpreadConstraints[{index}]"
        if spread["whenUnsatisfiable"] not in _UNSATISFIABLE:
            reason = f"is {spread['whenUnsatisfiable']!r}"
            yield Mistake(
                f"{at}.whenUnsatisfiable", reason, did_you_mean(spread["whenUnsatisfiable"], _UNSATISFIABLE) or ""
            )
        if spread["maxSkew"] < 1:
            yield Mistake(f"{at}.maxSkew", f"is {spread['maxSkew']}, and at least 1 is needed")
        yield from _selector(spread.get("labelSelector", {}), f"{at}.labelSelector")


def against_selector(fragment: Mapping[str, Json], selector: Mapping[str, str]) -> Iterator[Mistake]:
    """The node affinity that no node with the labels `selector` fulfils, which the step asks for as well."""
    required = fragment.get("affinity", {}).get("nodeAffinity", {}).get(_REQUIRED, {}).get("nodeSelectorTerms", [])
    for key, value in selector.items():
        if required and all(
            _allowed(term, key) is not None and value not in (_allowed(term, key) or ()) for term in required
        ):
            yield Mistake(
                f"affinity.nodeAffinity.{_REQUIRED}", f"asks for other nodes than node_selector: {key}={value}"
            )


def _node_terms(affinity: Mapping[str, Json]) -> Iterator[tuple[str, Mapping[str, Json]]]:
    at = "affinity.nodeAffinity"
    for index, term in enumerate(affinity.get(_REQUIRED, {}).get("nodeSelectorTerms", [])):
        yield f"{at}.{_REQUIRED}.nodeSelectorTerms[{index}]", term
    for index, weighted in enumerate(affinity.get(_PREFERRED, [])):
        yield f"{at}.{_PREFERRED}[{index}].preference", weighted["preference"]


def _pod_terms(affinity: Mapping[str, Json], at: str) -> Iterator[tuple[str, Mapping[str, Json]]]:
    for index, term in enumerate(affinity.get(_REQUIRED, [])):
        yield f"{at}.{_REQUIRED}[{index}]", term
    for index, weighted in enumerate(affinity.get(_PREFERRED, [])):
        yield f"{at}.{_PREFERRED}[{index}].podAffinityTerm", weighted["podAffinityTerm"]


def _node_term(term: Mapping[str, Json], at: str) -> Iterator[Mistake]:
    if not any(term.get(key) for key in ("matchExpressions", "matchFields")):
        yield Mistake(at, "matches no node: it has no expression", "give matchExpressions")
    wrong = False
    for index, expression in enumerate(term.get("matchExpressions", [])):
        for mistake in _expression(expression, f"{at}.matchExpressions[{index}]", _OF_NODES):
            wrong = True
            yield mistake
    for key in {} if wrong else {e["key"]: None for e in term.get("matchExpressions", [])}:
        if _allowed(term, key) == frozenset():
            yield Mistake(at, f"matches no node: its expressions of {key!r} exclude each other")


def _selector(selector: Mapping[str, Json], at: str) -> Iterator[Mistake]:
    for index, expression in enumerate(selector.get("matchExpressions", [])):
        yield from _expression(expression, f"{at}.matchExpressions[{index}]", _OPERATORS)


def _expression(expression: Mapping[str, Json], at: str, operators: tuple[str, ...]) -> Iterator[Mistake]:
    operator, values = expression["operator"], expression.get("values", [])
    if operator not in operators:
        yield Mistake(f"{at}.operator", f"is {operator!r}", did_you_mean(operator, operators, "operators") or "")
    elif operator in ("In", "NotIn") and not values:
        yield Mistake(at, f"has no values, which {operator} compares with")
    elif operator in ("Exists", "DoesNotExist") and values:
        yield Mistake(at, f"has values, which {operator} does not compare with")
    elif operator in ("Gt", "Lt") and (len(values) != 1 or not values[0].lstrip("-").isdecimal()):
        yield Mistake(at, f"needs one value, a whole number as a text, for {operator}")


def _allowed(term: Mapping[str, Json], key: str) -> frozenset[str] | None:
    """The values that a node's label `key` may have by `term`; None for any."""
    found: frozenset[str] | None = None
    expressions = [e for e in term.get("matchExpressions", []) if e["key"] == key]
    for expression in expressions:
        if expression["operator"] == "In":
            values = frozenset(expression["values"])
            found = values if found is None else found & values
    kinds = {expression["operator"] for expression in expressions}
    if "DoesNotExist" in kinds and kinds & {"In", "Exists", "Gt", "Lt"}:
        return frozenset()
    excluded = {value for e in expressions if e["operator"] == "NotIn" for value in e["values"]}
    return None if found is None else found - excluded
