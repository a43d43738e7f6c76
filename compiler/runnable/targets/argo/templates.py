"""The templates of a workflow in the making, and the calls of pods: what graphs, composites and resumed nodes share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field, replace

from runnable.ir.nodes import ContainerRun, Fused, Program, Question, Task
from runnable.ir.others import HttpRequest, TemplateCall
from runnable.ir.task_spec import pod_spec
from runnable.passes.analysis.dataflow import Flow, Sources
from runnable.passes.analysis.deciding import deciding_names
from runnable.targets.argo.api import models
from runnable.targets.argo.approvals import approval_dag, approval_spec
from runnable.targets.argo.artifacts import shown
from runnable.targets.argo.cached import cached_dag
from runnable.targets.argo.collecting import bodies
from runnable.targets.argo.container_templates import ContainerTemplate, ContainerTemplates
from runnable.targets.argo.expressions import GIVEN_IMAGE, RUN_NAME, parameter_tag, typed_parameter
from runnable.targets.argo.fusing import fused_spec, shared_pod
from runnable.targets.argo.lookup import Lookup
from runnable.targets.argo.names import TEXTS, Names
from runnable.targets.argo.others import CallTemplate, Others, RequestTemplate, Texts, call_dag, request_dag, texts_dag
from runnable.targets.argo.programs import ProgramTemplate, image_dag, program_dag
from runnable.targets.argo.room import Rooms
from runnable.targets.argo.settings import Settings
from runnable.targets.argo.wiring import Inside, call
from runnable.targets.kubernetes.pod_options import PodOptions
from runnable_runtime.deferred import dataclass
from runnable_runtime.protocol import Lookup as LookUp
from runnable_runtime.protocol import TaskSpec
from runnable_runtime.values.declared import ANY


@dataclass(slots=True, kw_only=True)
class Templates:
    """The DAG templates of one workflow, as far as they are written; `containers` has the templates of their pods.

    In its methods, `at` is where `flow` has a node. After the lowerings that is more than the node's path.
    `inside` says what every task there gets.
    """

    flow: Flow
    settings: Settings
    names: Names
    containers: ContainerTemplates
    lookup: Lookup
    deciding: frozenset[str]
    rooms: Rooms
    collecting: frozenset[str]
    """Where the bodies of fan-outs are that collect."""
    kinds: Mapping[str, str]
    """Of the declared parameters, what their texts are read as."""
    others_of: Others
    """What the workflow has beside pods of ours."""
    written: list[models.Template] = field(default_factory=list)
    programs: dict[ProgramTemplate, str] = field(default_factory=dict)
    """Of the steps that run an image of their own, the templates that are written."""
    approvals: dict[str, str] = field(default_factory=dict)
    """Of the steps that wait for a person, likewise."""
    cached: dict[tuple[str, bool], str] = field(default_factory=dict)
    """Those that look a step up in Argo's cache, by the template of its pods and whether it returns anything."""
    others: dict[CallTemplate | RequestTemplate, str] = field(default_factory=dict)
    """Of the steps that others do, likewise."""
    texts: str = ""
    """The template that makes the texts of all of these, if there are many."""
    images: dict[tuple[str, str, bool], str] = field(default_factory=dict)
    """Those that give a template of pods an image, by that template and the parameter."""

    @classmethod
    def of(cls, program: Program, flow: Flow, settings: Settings, rooms: Rooms) -> Templates:
        """Nothing is written yet."""
        stored = settings.store is not None
        names = Names()
        kinds = {one.name: one.kind for one in program.declared}
        lookup = Lookup.of(program, stored=stored)
        others = Others.of(program)
        recorded = [typed_parameter(name, kinds.get(name, ANY)) for name in read_parameters(program, flow)]
        return cls(
            flow=flow,
            settings=settings,
            names=names,
            containers=ContainerTemplates(settings, names, lookup, recorded, others),
            lookup=lookup,
            deciding=deciding_names(program) if stored else frozenset(),
            rooms=rooms,
            collecting=bodies(program.graph),
            kinds=kinds,
            others_of=others,
        )

    def typed(self, name: str) -> str:
        """The line of input for a parameter of the workflow."""
        return typed_parameter(name, self.kinds.get(name, ANY))

    @property
    def run_id(self) -> str:
        """The text, or the tag, of the run's id."""
        return self.settings.finished.run_id if self.settings.finished else RUN_NAME

    @property
    def by_position(self) -> bool:
        """Whether there can be lists, in the store or made by a reducer, whose items are known by their positions."""
        return self.lookup.stored or any(reducer != "list" for reducer in self.lookup.reducers)

    def is_given(self, at: str, inside: Inside) -> bool:
        """Whether the node at `at` has any input."""
        return inside.always or self.flow.sources[at] != Sources()

    def pod(
        self,
        task: Task,
        at: str,
        name: str,
        depends: str | None,
        lines: list[str],
        inside: Inside,
        *,
        reports: bool = False,
    ) -> models.DAGTask:
        """The call that runs a task in a pod; `name` is for the call. `reports`: it leaves its message if it fails."""
        if isinstance(task.action, Fused):
            return self._fused(task, task.action, at, name, depends, lines, inside, reports=reports)
        place, code = self._place(task), self._code(task)
        if isinstance(task.action, Question):
            return call(name, self._approval(task.name, task.action), depends, approval_spec(task, task.action, place))
        if isinstance(task.action, TemplateCall | HttpRequest):
            spec = replace(pod_spec(task, place=place), secrets=())
            return call(name, self._of_others(task, task.action), depends, spec, lines)
        pod, image_from = self._pod_options(task, at)
        if isinstance(task.action, ContainerRun):  # its status is recorded by whoever looks at the workflow
            returns = tuple(one.name for one in task.returns)
            program = ProgramTemplate(task.action, returns, pod, image_from)
            return call(name, self._program(task.name, program), depends, pod_spec(task, place=place), lines)
        spec = pod_spec(task, inside.indices, self.deciding, place)
        keeps_all = code and self.settings.store is not None  # a reference is of one run, and what is kept of all
        inline = tuple(one.name for one in task.returns) if keeps_all else spec.inline
        spec = replace(spec, room=self.rooms.of(task, at), reports=reports, inline=inline, lookup=self._lookup_of(task))
        listed = shown(task, self.settings.keys.artifacts)
        wanted = ContainerTemplate(spec.kind, bool(task.returns) or reports, pod, listed)
        template = self.containers.template(wanted)
        if image_from:
            template = self._with_image(task.name, template, image_from, returns=wanted.returns)
        elif code:
            template = self._with_cache(template, returns=wanted.returns)
        return call(name, template, depends, spec, lines, code=code)

    def _fused(
        self,
        task: Task,
        action: Fused,
        at: str,
        name: str,
        depends: str | None,
        lines: list[str],
        inside: Inside,
        *,
        reports: bool,
    ) -> models.DAGTask:
        """The call of a pod that runs several tasks."""
        keep = self.flow.read.get(at, ())
        room = self.rooms.of(task, at)
        specs = []
        for one in (member.task for member in action.members):
            spec = pod_spec(one, inside.indices, self.deciding, self._place(one))
            kept = room if any(r.name in keep for r in one.returns) else None
            specs.append(replace(spec, room=kept, lookup=self._lookup_of(one)))
        options = [self.settings.pod_options(member.task) for member in action.members]
        real = [one for one, member in zip(options, action.members, strict=True) if not member.task.is_idle]
        whole = fused_spec(task.name, action, specs, options, keep, reports=reports)
        wanted = ContainerTemplate("fused", bool(task.returns) or reports, shared_pod(real))
        return call(name, self.containers.template(wanted), depends, whole, lines)

    def _place(self, task: Task) -> tuple[int, ...]:
        log = self.settings.run_log
        return log.places.get(task.name, ()) if log else ()

    def _code(self, task: Task) -> str:
        """What the task's key in Argo's cache begins with; empty if it is not looked up."""
        cache = self.settings.cache
        return cache.keys[task.name] if cache and task.options.cache else ""

    def _lookup_of(self, task: Task) -> LookUp | None:
        """How the task's pod looks itself up in the store; None if it does not."""
        return self.settings.cache.stored.get(task.name) if self.settings.cache else None

    def _with_cache(self, template: str, *, returns: bool) -> str:
        """The name of the template that looks steps up which are else run in a pod of `template`."""
        known = template, returns
        if known not in self.cached:
            assert self.settings.cache is not None
            name = self.cached[known] = self.names.new(f"cached-{template}")
            self.written.append(cached_dag(name, template, self.settings.cache, returns=returns))
        return self.cached[known]

    def _pod_options(self, task: Task, at: str) -> tuple[PodOptions, str]:
        """How the pod of a task runs; and the parameter that names its image, if that is none of the workflow's."""
        pod = self.settings.pod_options(task)
        if not task.image_from:
            return pod, ""
        reaching = self.flow.reaching[at][task.image_from]
        if reaching.producers or reaching.outer:
            return replace(pod, image=GIVEN_IMAGE), task.image_from
        return replace(pod, image=parameter_tag(task.image_from)), ""

    def _with_image(self, step: str, template: str, image_from: str, *, returns: bool) -> str:
        """The name of the template that gives `template` the image that a parameter names."""
        known = template, image_from, returns
        if known not in self.images:
            name = self.images[known] = self.names.new(step)
            self.written.append(image_dag(name, template, image_from, self.lookup, returns=returns))
        return self.images[known]

    def _program(self, step: str, wanted: ProgramTemplate) -> str:
        """The name of the template of a step that runs an image of its own."""
        if wanted not in self.programs:
            name = self.programs[wanted] = self.names.new(step)
            self.written.append(program_dag(name, self.containers.program(wanted), wanted, self.lookup))
        return self.programs[wanted]

    def _approval(self, step: str, question: Question) -> str:
        """The name of the template of a step that waits for a person."""
        key = repr(question)  # a default can be a list
        if key not in self.approvals:
            name = self.approvals[key] = self.names.new(step)
            ask, stub = self.containers.question(question), self.containers.stub()
            self.written.append(approval_dag(name, ask, stub, question))
        return self.approvals[key]

    def _of_others(self, task: Task, action: TemplateCall | HttpRequest) -> str:
        """The name of the template of a step that others do."""
        returns = tuple(one.name for one in task.returns)
        wanted: CallTemplate | RequestTemplate
        if isinstance(action, TemplateCall):
            wanted = CallTemplate(action, returns)
        else:
            options = self.settings.pod_options(task)
            pod = PodOptions(image="", retry=options.retry, timeout=options.timeout, secrets=options.secrets)
            wanted = RequestTemplate(action, returns, pod)
        if wanted not in self.others:
            name = self.others[wanted] = self.names.new(task.name)
            if isinstance(wanted, CallTemplate):
                self.written.append(call_dag(name, self.containers.stub(), wanted, self._texts()))
            else:
                self.written.append(request_dag(name, self.containers.request(wanted), wanted, self._texts()))
        return self.others[wanted]

    def _texts(self) -> Texts:
        """How the texts of what others do are made."""
        if self.others_of.made and not self.texts:
            self.texts = self.names.new(TEXTS)
            self.written.append(texts_dag(self.texts, self.containers.stub(), self.lookup))
        return Texts(self.lookup, self.texts)

    def failing_pod(self, name: str, path: str, message: str) -> models.DAGTask:
        """The call of a pod that fails with a message, in which ``$(…)`` is replaced: only a pod can have one."""
        spec = TaskSpec("shell", f"echo {message} >&2; exit 1", path)
        wanted = ContainerTemplate("shell", False, self.settings.common.without_attempts())
        return call(name, self.containers.template(wanted), spec=spec)


def read_parameters(program: Program, flow: Flow) -> tuple[str, ...]:
    """The names of the program's parameters that something reads: those that the workflow has."""
    read = {name for sources in flow.sources.values() for name in sources.parameters}
    return tuple(name for name in program.provided if name in read)
