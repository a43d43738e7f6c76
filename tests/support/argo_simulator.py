"""A small model of Argo: it runs the DAGs of a manifest and evaluates the tags that the compiler writes. Its tasks are
Python functions of this process. It knows no other expressions: one is an error.
"""

import json
import re
import warnings

from runnable_runtime.fused.lines import kept, produced
from runnable_runtime.values.parameters import decode_lines, encode, encode_lines
from tests.support.argo_programs import arguments
from tests.support.manifests import reference

_PLAIN = re.compile(r"\{\{tasks\.([a-z0-9-]+)\.outputs\.parameters\.out\}\}")
_SAFE = re.compile(r"tasks\['([a-z0-9-]+)'\]\.outputs\?\.parameters\?\.out \?\? ''")
_TYPED = re.compile(
    r"\{\{=(?:replace\(){3}toJson\(\['([\w-]+)',workflow\.parameters\['([\w-]+)'\](?:,'([a-z?]+)')?\]\),'\{'\+'\{','\{\\\\u007b'\)"
    r",'\$\$','\\\\u0024\\\\u0024'\),'\$\(','\\\\u0024\('\)\}\}"
)
_READ = r"(?P<text>tasks\['[a-z0-9-]+'\]\.outputs\?\.parameters\?\.out \?\? ''|inputs\.parameters\.in)"
_ONLY = r""","\\n"\), # matches '(?P<only>[^']*)'\),"\\n"\)"""
_PART = re.compile(rf"(?:join\(filter\(split\()?{_READ}(?:{_ONLY})?")
"""An output or the input, or the lines that are kept of it."""
_INPUT = "inputs.parameters.in"
SUCCEEDED, FAILED, OMITTED = "Succeeded", "Failed", "Omitted"


class Simulator:
    """`work(path, inputs)` stands for a task: it returns its outputs, or raises to fail.

    `parts` are the objects whose templates `spec` calls. A template is found in the object of its caller.
    """

    def __init__(self, spec, work, given=None, parts=()):
        self.templates = {(None, template["name"]): template for template in spec["templates"]}
        for part in parts:
            name = part["metadata"]["name"]
            self.templates |= {(name, template["name"]): template for template in part["spec"]["templates"]}
        self.entrypoint = spec["entrypoint"]
        self.arguments = {p["name"]: p.get("value") for p in spec.get("arguments", {}).get("parameters", [])} | (
            given or {}
        )
        self.work = work
        self.ran = []
        self.pods = 0

    def run(self):
        """The phase of the whole workflow."""
        return self._call(None, self.entrypoint, {})[0]

    def _call(self, home, name, given):
        """The phase of the template `name` of the object `home`, and its output."""
        template = self.templates[home, name]
        if "suspend" in template:
            return SUCCEEDED, None
        if "dag" in template:
            return self._dag(home, template, given)
        spec = json.loads(given["spec"])
        if "fused" in spec:
            return self._shared(spec, given.get("in", ""))
        self.ran.append(spec["name"])
        self.pods += 1
        try:
            outputs = self.work(spec, decode_lines(given.get("in", "")))
        except Exception:
            return FAILED, None
        return SUCCEEDED, encode_lines(outputs)

    def _shared(self, spec, lines):
        """A pod of several tasks, which are given what the runtime gives them."""
        self.pods += 1
        phase, returned = self._row(spec, spec.get("order") or range(len(spec["fused"])), lines, {})
        if phase == FAILED:
            return FAILED, None
        return SUCCEEDED, "\n".join(returned[name] for name in spec.get("keep", ())) or "{}"

    def _row(self, spec, order, lines, before):
        """What some tasks of a pod return, one after another; branches of a Parallel are all run, and then it fails."""
        returned = {}
        for one in order:
            seen = before | returned
            if isinstance(one, dict):
                ends = [self._row(spec, branch, lines, seen) for branch in one["beside"]]
                if FAILED in [phase for phase, _ in ends]:
                    return FAILED, {}
                for _, found in ends:
                    returned |= found
                continue
            member = spec["fused"][one]
            if "stub" in member["spec"]:
                continue
            reads = member.get("reads", [])
            inputs = [kept(lines, [name for name in reads if name not in seen])]
            inputs += [seen[name] for name in reads if name in seen]
            self.ran.append(member["spec"]["name"])
            try:
                outputs = self.work(member["spec"], decode_lines("\n".join(inputs)))
            except Exception:
                return FAILED, {}
            returned |= produced(encode_lines(outputs))
        return SUCCEEDED, returned

    def _dag(self, home, template, given):
        phases, outputs = {}, {}
        for task in template["dag"]["tasks"]:
            if self._starts(task.get("depends"), phases):
                filled = {n: self._fill(text, given, phases, outputs) for n, text in arguments(task).items()}
                _, part, called = reference(task)
                phases[task["name"]], outputs[task["name"]] = self._call(part or home, called, filled)
            else:
                phases[task["name"]], outputs[task["name"]] = OMITTED, None
        phase = self._phase(template["dag"]["tasks"], phases)
        declared = template.get("outputs", {}).get("parameters", [])
        if phase == FAILED or not declared:
            return phase, None
        return phase, self._joined(declared[0]["valueFrom"]["expression"], given, outputs)

    def _starts(self, depends, phases):
        if depends is None:
            return True
        text = re.sub(r"([a-z0-9-]+)\.([A-Z][a-z]+)", lambda m: str(phases[m[1]] == m[2]), depends)
        assert re.fullmatch(r"(True|False|[()|& ])+", text), depends
        return eval(text.replace("||", "or").replace("&&", "and"))

    def _fill(self, text, given, phases, outputs):
        def plain(match):
            assert phases[match[1]] == SUCCEEDED, f"{match[0]} would stop the workflow for ever"
            return outputs[match[1]] or ""

        lines = []
        for line in text.split("\n"):
            line = _TYPED.sub(lambda m: encode([m[1], self.arguments[m[2]], *([m[3]] if m[3] else [])]), line)
            line = line.replace("{{inputs.parameters.in}}", given.get("in", ""))
            line = _PLAIN.sub(plain, line)
            line = re.sub(r"\{\{=(.*?)\}\}", lambda m: self._joined(m[1], given, outputs), line)
            assert "{{" not in line, line
            lines.append(line)
        return "\n".join(lines)

    def _joined(self, expression, given, outputs):
        """What an expression gives: outputs and the input, or what is kept of their lines, joined."""
        parts = [(m["text"], m["only"]) for m in _PART.finditer(expression)]
        remains = _PART.sub("#", expression)
        assert re.fullmatch(r'#|join\(\[#(,#)*\],"\\n"\)', remains), expression
        return "\n".join(
            _kept(given.get("in", "") if m == _INPUT else outputs[_SAFE.fullmatch(m)[1]] or "", only)
            for m, only in parts
        )

    def _phase(self, dag, phases):
        """A DAG's phase is that of its leaves; an omitted leaf has the worst of what it depends on."""
        needed = {t["name"]: re.findall(r"([a-z0-9-]+)\.[A-Z]", t.get("depends", "")) for t in dag}
        followed = {name for names in needed.values() for name in names}

        def inherited(name):
            if phases[name] != OMITTED:
                return phases[name]
            above = [inherited(n) for n in needed[name]]
            return FAILED if FAILED in above else SUCCEEDED

        return FAILED if any(inherited(n) == FAILED for n in phases if n not in followed) else SUCCEEDED


def _kept(text, only):
    with warnings.catch_warnings():  # Go's syntax takes "[[]" without one
        warnings.simplefilter("ignore", FutureWarning)
        return "\n".join(line for line in text.split("\n") if only is None or re.search(only, line))
