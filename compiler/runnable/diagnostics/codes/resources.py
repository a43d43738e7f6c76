"""RN36x: resources of a step that are known only when it starts, and locks."""

from __future__ import annotations

from runnable.diagnostics.diagnostic import Diagnostic


class AmountNotAQuantity(Diagnostic):
    code = "RN361"
    explanation = (
        "A resource of a step can come from a parameter, which then has to be a quantity of Kubernetes, as a text or a "
        "number: no pod can be made with anything else."
    )
    step: str
    where: str
    parameter: str
    found: str
    message_template = "step {step!r} takes its {where} from the parameter {parameter!r}, which is {found}"
    help_template = 'give {parameter!r} a quantity such as "2Gi", or "500m" for processors'


class GrowsWithoutRetry(Diagnostic):
    code = "RN362"
    explanation = (
        'An amount such as "2Gi * attempt" is larger at each further attempt, and a step without `retry` has only one.'
    )
    step: str
    where: str
    amount: str
    message_template = "step {step!r} has {where} = {amount!r}, and no further attempt in which that would be more"
    help_template = "give it `retry=2`, or a quantity without `* attempt`"


class LockHeldAround(Diagnostic):
    code = "RN363"
    explanation = "A run that holds a lock of its pipeline would wait for ever for a step that needs the same one."
    step: str
    kind: str
    lock: str
    message_template = "step {step!r} waits for the {kind} {lock!r}, which its pipeline holds while it runs"
    help_template = "give the step a {kind} of another name, or only one of the two"


class LimitsDiffer(Diagnostic):
    code = "RN364"
    explanation = "A semaphore has one limit, so all that name it give the same."
    lock: str
    first: str
    other: str
    message_template = "the semaphore {lock!r} is given the limits {first} and {other}"
    help_template = "give it the same limit everywhere"


class CannotLock(Diagnostic):
    code = "RN365"
    explanation = (
        "The mutexes and semaphores of runs on this machine are files in the user's folder for state, "
        "$XDG_STATE_HOME/runnable/locks or ~/.local/state/runnable/locks."
    )
    file: str
    reason: str
    message_template = "the lock {file} cannot be made: {reason}"
    help_template = "make its folder one that you may write to, or set XDG_STATE_HOME to one"
