"""RN8xx: a Kubernetes cluster, and workflows on it."""

from __future__ import annotations

from runnable.diagnostics.diagnostic import Diagnostic, Severity
from runnable.diagnostics.wording import did_you_mean


class ClusterUnreachable(Diagnostic):
    code = "RN801"
    explanation = (
        "Commands about workflows on a cluster talk to its API server, which KUBECONFIG, ~/.kube/config or --context "
        "names, as for kubectl."
    )
    server: str
    reason: str

    @property
    def message(self) -> str:
        if not self.server:
            return f"there is no cluster to talk to: {self.reason}"
        return f"the API server {self.server} does not answer: {self.reason}"

    @property
    def help(self) -> str | None:
        if not self.server:
            return "set KUBECONFIG to a file that `kubectl get workflows` works with, or choose one with --context"
        return "see whether `kubectl get --raw /readyz` works; workflows that run continue without it"


class ClusterRefuses(Diagnostic):
    code = "RN802"
    explanation = (
        "The cluster decides who may do what. The chart gives the rights that these commands need to the people in its "
        "value rbac.submitters."
    )
    server: str
    who: str
    what: str
    namespace: str
    group: str

    @property
    def message(self) -> str:
        if not self.who:
            return f"{self.server} does not know you: the credentials are wrong, or have run out"
        where = f" in the namespace {self.namespace!r}" if self.namespace else ""
        return f"{self.who!r} may not {self.what}{where}"

    @property
    def help(self) -> str | None:
        if not self.who:
            return "log in to the cluster again; `kubectl auth whoami` shows whether that has worked"
        verb, _, resource = self.what.partition(" ")
        full = f"{resource}.{self.group}" if self.group else resource
        asked = f"kubectl auth can-i {verb} {full}" + (f" -n {self.namespace}" if self.namespace else "")
        return f"ask for that right (the chart's value rbac.submitters gives it); `{asked}` shows when you have it"


class ArgoAbsent(Diagnostic):
    code = "RN803"
    explanation = "Workflows are objects that a cluster knows once Argo Workflows is installed on it."
    server: str
    message_template = "the cluster {server} knows no workflows: Argo Workflows is not installed on it"
    help_template = (
        "install Argo Workflows 3.7.16, 4.0.7 or newer from its release manifest, or choose another --context"
    )


class NotInCluster(Diagnostic):
    code = "RN804"
    explanation = "A workflow, template or namespace that is named must be there, in the namespace that is looked at."
    kind: str
    name: str
    namespace: str
    known: tuple[str, ...] = ()

    @property
    def message(self) -> str:
        where = f" in the namespace {self.namespace!r}" if self.namespace and self.kind != "namespace" else ""
        return f"there is no {self.kind} {self.name!r}{where}"

    @property
    def help(self) -> str | None:
        if self.kind == "namespace":
            return "name another with --namespace"
        return did_you_mean(self.name, self.known, f"names of a {self.kind}") or "is it in another --namespace?"


class BadSubmission(Diagnostic):
    code = "RN805"
    explanation = "What a workflow is submitted with are the parameters that its template declares."
    reason: str
    name: str = ""
    known: tuple[str, ...] = ()
    message_template = "{reason}"

    @property
    def help(self) -> str | None:
        return did_you_mean(self.name, self.known, "parameters")


class ObjectRefused(Diagnostic):
    code = "RN806"
    explanation = (
        "The API server checks an object before it takes it: against its schema, the quota of the namespace, and the "
        "cluster's own rules."
    )
    verb: str
    reason: str
    message_template = "the cluster refuses to {verb} it: {reason}"

    @property
    def help(self) -> str | None:
        if "unknown field" in self.reason:
            return "the cluster's Argo Workflows may be too old: 3.7.16 or 4.0.7 is the oldest that works"
        if "exceeded quota" in self.reason:
            return "delete workflows that have ended, give pipelines a `ttl`, or ask for a larger quota"
        return None


class StatusUnreadable(Diagnostic):
    code = "RN807"
    explanation = (
        "The controller compresses the state of a very large workflow, or keeps it in a database of its own, where "
        "only Argo's server can read it."
    )
    name: str
    reason: str
    message_template = "the steps of the workflow {name!r} cannot be read: {reason}"
    help_template = "argo get {name}, through Argo's server"


class PodTrouble(Diagnostic):
    code = "RN808"
    severity = Severity.WARNING
    explanation = (
        "Something outside of the task's own code keeps its pod from running, or has ended it: the image, room on the "
        "nodes, a quota, a right, memory."
    )
    step: str
    reason: str
    advice: str
    message_template = "{step}: {reason}"
    help_template = "{advice}"
