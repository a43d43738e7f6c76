"""Expressions for what the steps after a workflow are told of it (`ir.at_exit`)."""

from __future__ import annotations

from runnable.ir.at_exit import LONGEST_MESSAGE, MOST_FAILURES
from runnable.targets.argo.expressions import inert, tag


def exit_fact(name: str, run_id: str) -> str:
    """A line of input: what the steps after the workflow are told of it under `name` (`ir.at_exit`).

    `run_id` is the text, or the tag, of the run's id. The workflow's failures are JSON in a text of Go: what that
    writes and JSON does not know is left out. They are the pods that failed, each for its last attempt, in the order of
    time.
    """
    match name:
        case "run_id":
            return '{"run_id":"' + run_id + '"}'
        case "status":
            return tag("""'{"status":"' + (workflow.status == 'Succeeded' ? 'succeeded' : 'failed') + '"}'""")
        case "duration":
            return tag("""'{"duration":' + workflow.duration + '}'""")
        case _:
            return tag("""'{"failures":' + """ + inert(f"toJson({_FAILURES})") + """ + '}'""")


_GO_ONLY = r"""'(^|[^\\])((?:\\\\)*)\\(?:x[0-9a-f]{2}|U[0-9a-f]{8})'"""
_FAILURES = (
    f"let r = sortBy(fromJSON(fromJSON(sprig.regexReplaceAll({_GO_ONLY}, workflow.failures, '${{1}}${{2}}'))) ?? [], "
    "#.finishedAt ?? ''); let n = map(r, #.displayName); "
    "map(take(filter(r, not ((#.displayName + '(0)') in n)"
    " && (not (#.displayName matches '[(][0-9]+[)]$')"
    " || sprig.regexReplaceAll('[(][0-9]+[)]$', #.displayName, '') in n"
    " && not ((sprig.regexReplaceAll('[(][0-9]+[)]$', #.displayName, '') + '('"
    " + string(int(sprig.regexReplaceAll('^.*[(]([0-9]+)[)]$', #.displayName, '${1}')) + 1) + ')') in n))"
    f" && (#.message ?? '') != ''), {MOST_FAILURES}), "
    "({'step': sprig.regexReplaceAll('[(][0-9]+[)]$', #.displayName, ''), "
    f"'message': (#.message ?? '')[:{LONGEST_MESSAGE}] " + "}))"
)
