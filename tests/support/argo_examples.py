"""Workflows of Argo's own examples, by the names of their files, said with this project: each ends as it does there.

`ARGO` has for each what makes its pipeline and how it ends. Images are `IMAGE`, which a cluster's nodes must have:
what is shown is how steps and pods are put together.
"""

import os
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import NamedTuple

from runnable import Conditional, ContainerTask, Loop, Map, Parallel, Pipeline, ShellTask, param

IMAGE = os.environ.get("RUNNABLE_CLUSTER_IMAGE") or "python:3.11-slim"


class Ported(NamedTuple):
    make: Callable[[], Pipeline]
    phase: str = "Succeeded"
    parameters: Mapping[str, object] = MappingProxyType({})


def pipe(*steps, **options):
    return Pipeline(name="ported", steps=list(steps), **options)


def echo(name, message="hello world", **options):
    return ShellTask(name=name, command=f"echo {message}", **options)


def fail(name, **options):
    return ShellTask(name=name, command="echo intentional failure; exit 1", **options)


def say(name, **options):
    """Argo's template `echo` or `print-message`: a program of an image, with a parameter."""
    code = "import sys; print(sys.argv[1])"
    return ContainerTask(name=name, image=IMAGE, command=["python", "-c", code], args=[param("message")], **options)


def diamond():
    a, b, c, d = (echo(name, name) for name in "ABCD")
    return pipe(a, b.after(a), c.after(a), d.after(b, c))


def multiroot():
    a, b, c, d = (echo(name, name) for name in "ABCD")
    return pipe(a, b, c.after(a), d.after(a, b))


def continue_on_fail():
    """A step after a failure is its handler; what nothing handles fails the workflow, and keeps G from running."""
    a, c, f, g = (echo(name) for name in "ACFG")
    b = fail("B", on_failure=pipe(echo("D")))
    e = fail("E")
    return pipe(a, b.after(a), c.after(a), e.after(a), f.after(a), g.after(e, f))


def loops_maps():
    each = ShellTask(name="look", command='export seen="$os"', returns=["seen"])
    return pipe(Map(name="test linux", branch=pipe(each), iterate_on="images", iterate_as="os"))


def loops_param_result():
    generate = ShellTask(name="generate", command="export seconds=[1,2,3]", returns=["seconds"])
    sleep = ShellTask(name="sleep", command="echo sleeping for $second seconds; sleep $second; echo done")
    return pipe(generate, Map(name="loop", branch=pipe(sleep), iterate_on="seconds", iterate_as="second"))


def parallelism_limit():
    sleep = ShellTask(name="sleep", command="sleep 1")
    return pipe(Map(name="all", branch=pipe(sleep), iterate_on="words", iterate_as="word", max_parallel=2))


def conditionals():
    hello = pipe(echo("hello"))
    return pipe(Conditional(name="if", parameter="should_print", branches={"true": hello}, default=pipe(echo("not"))))


def output_parameter():
    code = "open('/tmp/hello_world.txt', 'w').write('hello world')"
    generate = ContainerTask(
        name="generate", image=IMAGE, command=["python", "-c", code], returns={"message": "/tmp/hello_world.txt"}
    )
    return pipe(generate, say("consume"))


def retry_container():
    return pipe(ShellTask(name="flaky", command="test $RUNNABLE_STEP_ATTEMPT = 3", retry=4))


def timeouts_step():
    return pipe(ShellTask(name="sleep", command="echo 123; sleep 1000", timeout=5))


def exit_code():
    """Argo's `continueOn: {failed: true}`: the failure is looked at by what handles it."""
    return pipe(fail("may fail", on_failure=pipe(echo("anyway"))))


def pod_metadata():
    labels, annotations = {"app": "print-message", "tier": "demo"}, {"iam.amazonaws.com/role": "role-arn"}
    return pipe(say("hello", labels=labels, annotations=annotations))


def init_container():
    first = {"name": "hello", "image": IMAGE, "command": ["touch", "/foo/hello"]}
    mount = {"volumeMounts": [{"name": "foo", "mountPath": "/foo"}]}
    pod = {
        "volumes": [{"name": "foo", "emptyDir": {}}],
        "initContainers": [{**first, **mount}],
        "containers": [{"name": "main", **mount}],
    }
    return pipe(ShellTask(name="bye", command="test -f /foo/hello", pod=pod))


def sidecar():
    serve = {"name": "web", "image": IMAGE, "command": ["python", "-m", "http.server", "8086", "-d", "/tmp"]}
    ask = "import time, urllib.request as u\\nfor _ in range(60):\\n  try: u.urlopen('http://127.0.0.1:8086'); break"
    ask += "\\n  except OSError: time.sleep(1)\\nelse: raise SystemExit('nobody answers')"
    pod = {"initContainers": [{**serve, "restartPolicy": "Always"}]}
    return pipe(ShellTask(name="ask", command=f'python -c "$(printf "{ask}")"', pod=pod))


def volumes_emptydir():
    pod = {
        "volumes": [{"name": "workdir", "emptyDir": {}}],
        "containers": [{"name": "main", "volumeMounts": [{"name": "workdir", "mountPath": "/mnt/vol"}]}],
    }
    return pipe(ShellTask(name="look", command="grep -q /mnt/vol /proc/mounts && touch /mnt/vol/x", pod=pod))


def mutex():
    sleep = ShellTask(name="sleep", command="sleep 1", mutex="test")
    return pipe(Map(name="acquire", branch=pipe(sleep), iterate_on="words", iterate_as="word"))


def coinflip_recursive():
    command = "[ $flip_number -ge 2 ] && export heads=true || export heads=false"
    flip = ShellTask(name="flip", command=command, returns=["heads"])
    return pipe(Loop(name="until heads", branch=pipe(flip), break_on="heads", index_as="flip_number", max_iterations=5))


def parallel_nested():
    inner = Parallel(name="inner", branches={"x": pipe(echo("x")), "y": pipe(echo("y"))}, max_parallel=1)
    return pipe(Parallel(name="outer", branches={"a": pipe(inner), "b": pipe(echo("b"))}))


def resources():
    return pipe(echo("small", resources={"requests": {"cpu": "50m", "memory": "64Mi"}, "limits": {"memory": "256Mi"}}))


def custom_metrics():
    counter = {"name": "result_counter", "help": "how often", "counter": {"value": "1"}}
    return pipe(echo("measured", template={"metrics": {"prometheus": [counter]}}))


OS = [{"image": "debian", "tag": "9.1"}, {"image": "alpine", "tag": "3.6"}]
WORDS = {"words": ["this", "workflow", "takes", "three"]}
ARGO = {
    "dag-diamond": Ported(diamond),
    "dag-multiroot": Ported(multiroot),
    "dag-continue-on-fail": Ported(continue_on_fail, "Failed"),
    "loops-maps": Ported(loops_maps, parameters={"images": OS}),
    "loops-param-result": Ported(loops_param_result),
    "parallelism-limit": Ported(parallelism_limit, parameters=WORDS),
    "parallelism-nested": Ported(parallel_nested),
    "conditionals": Ported(conditionals, parameters={"should_print": True}),
    "coinflip-recursive": Ported(coinflip_recursive),
    "output-parameter": Ported(output_parameter),
    "retry-container": Ported(retry_container),
    "timeouts-step": Ported(timeouts_step, "Failed"),
    "continue-on-fail": Ported(exit_code),
    "pod-metadata": Ported(pod_metadata, parameters={"message": "hello"}),
    "init-container": Ported(init_container),
    "sidecar": Ported(sidecar),
    "volumes-emptydir": Ported(volumes_emptydir),
    "synchronization-mutex-tmpl-level": Ported(mutex, parameters=WORDS),
    "resource requests": Ported(resources),
    "custom-metrics": Ported(custom_metrics),
}
