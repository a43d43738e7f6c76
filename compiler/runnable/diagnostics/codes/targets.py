"""RN5xx: targets."""

from __future__ import annotations

from runnable.diagnostics.diagnostic import Diagnostic, Severity


class TooLarge(Diagnostic):
    code = "RN501"
    explanation = (
        "Kubernetes and Argo limit what one object may hold: 1 MiB an object, 200 templates, 200 tasks a DAG, 500 "
        "parameters a list, 128 KiB a template's arguments."
    )
    what: str
    found: int
    limit: int
    way_out: str
    message_template = "{what}: {found:,}, and the limit is {limit:,}"
    help_template = "{way_out}"


class TooWide(Diagnostic):
    code = "RN508"
    severity = Severity.HINT
    explanation = (
        "A workflow of Argo keeps something of each item of a Map, and may have 1 MiB in all. A Map over a list of the "
        "parameters that is too long for that runs on this machine, and compiling it for Argo is an error."
    )
    what: str
    found: int
    limit: int
    message_template = "Argo cannot run this Map: {what} are {found:,}, and there is room for {limit:,}"
    help_template = "for Argo, make fewer items that do more each, or have a step make the list and give it a store"


class NoFailFast(Diagnostic):
    code = "RN511"
    severity = Severity.WARNING
    explanation = (
        "With `fail_fast` no further branch or item begins once one has failed, on this machine. Argo's `failFast` of "
        "a template would do that, but a workflow with such a template, when something in it fails, stays `Running` "
        "for ever (seen with 4.1.2, with branches and items of one task each). So the manifest has none: there all "
        "branches or items run, and then the step fails."
    )
    step: str
    message_template = "fail_fast of {step!r} has no effect on Argo: all of its branches or items run, then it fails"
    help_template = "leave fail_fast out if that is what you want everywhere"


class TimeoutOfComposite(Diagnostic):
    code = "RN512"
    explanation = (
        "A `timeout` of a Parallel, Map, Conditional, Loop or branch holds on this machine. Argo has none for them: it "
        "refuses `timeout` and `activeDeadlineSeconds` on templates that are DAGs. It has them for pods, which is the "
        "`timeout` of a task, and for the whole workflow, which is the `timeout` of the outermost Pipeline."
    )
    path: str
    message_template = "Argo has no timeout for {path!r}: only for tasks, and for the whole workflow"
    help_template = "give its tasks a timeout, or Pipeline(timeout=...); for Argo, take this one away"


class BadTargetOption(Diagnostic):
    code = "RN502"
    explanation = (
        "An option of the compilation does not fit the target: a name that Kubernetes refuses, a missing schedule."
    )
    option: str
    reason: str
    known: tuple[str, ...] = ()
    message_template = "{option}: {reason}"

    @property
    def help(self) -> str | None:
        return ("choose from " + ", ".join(self.known)) if self.known else None


class FolderTaken(Diagnostic):
    code = "RN503"
    explanation = (
        "A folder of manifests is one pipeline's, written by `runnable compile -o FOLDER`. A file in it that another "
        "pipeline was compiled to, or that somebody has written by hand, is not overwritten."
    )
    file: str
    pipeline: str
    owner: str

    @property
    def message(self) -> str:
        what = f"was compiled from the pipeline {self.owner}" if self.owner else "was not written by `runnable compile`"
        return f"{self.file} {what}, so it is not overwritten: nothing was written"

    help_template = "give {pipeline} a folder of its own, or delete the file"


class ManifestUnreadable(Diagnostic):
    code = "RN504"
    explanation = "Manifests to compare with are YAML files of Argo's objects, or a folder with such files."
    file: str
    reason: str
    message_template = "cannot read manifests from {file}: {reason}"


class ImageMoves(Diagnostic):
    code = "RN505"
    severity = Severity.WARNING
    explanation = (
        "An image without a version, or with the tag `latest`, is another one after the next build. With the pull "
        "policy IfNotPresent, a node that has some image of the name does not look for a newer one: pods of one "
        "workflow may run different code."
    )
    image: str
    named: bool
    step: str

    @property
    def message(self) -> str:
        if not self.named:
            return f"no image is named, so steps run in {self.image!r}, which has none of your code"
        return f"the image {self.image!r} of step {self.step!r} has no version, and nodes may keep an old one"

    @property
    def help(self) -> str | None:
        if not self.named:
            return "name yours: --image, or `image` in the configuration (-c FILE)"
        return "name a version or a digest, or set imagePullPolicy: Always"


class CacheIgnored(Diagnostic):
    code = "RN507"
    severity = Severity.WARNING
    explanation = (
        "Whether an earlier run has what a step with `cache=True` would return is looked up where the run is steered. "
        "On a cluster the workflow controller steers it, which looks a step up in a ConfigMap if the configuration "
        "names one; a Job of Kubernetes is looked up nowhere. Without that, such a step runs."
    )
    step: str
    target: str
    message_template = "step {step!r} always runs on {target}: cache=True has no effect there"

    @property
    def help(self) -> str | None:
        """What has it looked up, where that is possible."""
        return "give `cache: {configMap: NAME}` in the configuration (-c FILE)" if self.target == "Argo" else None


class NotOneTask(Diagnostic):
    code = "RN506"
    explanation = (
        "A Job of Kubernetes runs one pod to its end. It has no order of steps, and nothing to hand on between them: a "
        "pipeline needs Argo for that."
    )
    pipeline: str
    target: str
    found: str
    message_template = "{target} is for one task, and the pipeline {pipeline!r} is more than that: {found}"
    help_template = "compile it with --target argo, or write a job: PythonJob, ShellJob or NotebookJob"


class NoProgramInAJob(Diagnostic):
    code = "RN521"
    explanation = (
        "A Job's task reports what it returns, its record and its failures through this package's runtime in the "
        "image, and a ContainerTask's image has none. On Argo its files are the workflow's outputs; a Job has none."
    )
    step: str
    target: str
    message_template = "step {step!r} is a ContainerTask, which {target} does not run"
    help_template = "compile it with --target argo, or write a Job of Kubernetes for it: there is nothing to pass on"


class ImageFromParameter(Diagnostic):
    code = "RN522"
    severity = Severity.HINT
    explanation = (
        "The image of the step is the value of a parameter. Which one it is, and that it has a version or a digest, is "
        "up to whoever gives the value: what replaces images in manifests does not see it."
    )
    step: str
    parameter: str
    message_template = "the image of step {step!r} is the value of {parameter!r}, which is not known before it runs"
    help_template = "give digests, or the choices that there are: Parameter(name={parameter!r}, choices=[...])"


class NotAdmitted(Diagnostic):
    code = "RN523"
    explanation = (
        "The configuration says that the namespace enforces the *restricted* Pod Security Standard "
        "(`podSecurity: restricted`). Pods as they are made keep to it; a fragment that does not is refused when the "
        "pod is created, and the step never starts."
    )
    step: str
    at: str
    reason: str
    message_template = "step {step!r}: a restricted namespace refuses its pod: {at} {reason}"
    help_template = (
        "leave it out, or run the pipeline in a namespace that admits it, and say so: leave `podSecurity` out of the "
        "configuration"
    )


class TemplateIgnored(Diagnostic):
    code = "RN524"
    severity = Severity.WARNING
    explanation = "`template` says something of the template that Argo runs a step by. A Job of Kubernetes has none."
    step: str
    message_template = "step {step!r} has template=…, which has no effect in a Job"
    help_template = "what the Pod API has is given under `pod`, which a Job has too"
