"""RN36x: resources of a step that are known only when it starts."""

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
