"""Workflows of Hera's own examples, by the names of their files, said with this project; see `argo_examples`."""

from runnable import Conditional, Map, Parallel, Pipeline, ShellTask, param
from tests.support.argo_examples import IMAGE, Ported, echo, pipe


def fan_in():
    generate = ShellTask(name="generate", command='export dicts=\'[{"value":0},{"value":1}]\'', returns=["dicts"])
    each = ShellTask(name="fanout", command="export value=${#one}", returns=["value"])
    fanin = ShellTask(name="fanin", command='test "$value" = "[12,12]" || test "$value" = "[12, 12]"')
    return pipe(generate, Map(name="out", branch=pipe(each), iterate_on="dicts", iterate_as="one"), fanin)


def json_payload_fanout():
    generate = ShellTask(name="generate", command='export payload=\'[{"p1":1,"p2":2}]\'', returns=["payload"])
    read = "import json, os; print(json.loads(os.environ['given'])['p2'])"
    consume = ShellTask(name="consume", command=f'test $(python -c "{read}") = 2')
    return pipe(generate, Map(name="all", branch=pipe(consume), iterate_on="payload", iterate_as="given"))


def dynamic_resources():
    compute = ShellTask(name="compute", command='export sizes=\'["100Mi","200Mi"]\'', returns=["sizes"])
    consume = ShellTask(name="consume", command='test "$size" != ""', resources={"memory": param("size")})
    return pipe(compute, Map(name="all", branch=pipe(consume), iterate_on="sizes", iterate_as="size"))


def default_parameters():
    """One program for two steps, one of which is given what another has returned."""
    generate = ShellTask(name="generator", command='export told="Another message"', returns=["told"])
    consumer = 'echo "$message" $foo; test $foo = 42'
    return pipe(
        generate,
        ShellTask(name="consume-default", command=consumer, arguments={"message": "Hello, world!", "foo": 42}),
        ShellTask(name="consume-argument", command=consumer, arguments={"message": param("told"), "foo": 42}),
    )


def env_from():
    sources = [
        {"prefix": "abc", "secretRef": {"name": "secret", "optional": True}},
        {"prefix": "abc", "configMapRef": {"name": "configmap", "optional": True}},
    ]
    return pipe(echo("whalesay", pod={"containers": [{"name": "main", "envFrom": sources}]}))


def multi_env():
    return pipe(ShellTask(name="env", command="test $a$b$c = 123", env={"a": "1", "b": "2", "c": "3"}))


def init_containers_with_env():
    init = {
        "name": "before",
        "image": IMAGE,
        "command": ["sh", "-c", 'test "$FOO" = bar'],
        "env": [{"name": "FOO", "value": "bar"}],
    }
    return pipe(echo("cowsay", pod={"initContainers": [init]}))


def inner_dag():
    inner = Pipeline(name="inner", steps=[echo("before"), echo("then")])
    return pipe(echo("first"), Parallel(name="calls", branches={"one": inner, "two": inner}), echo("last"))


def coinflip():
    flip = ShellTask(name="flip", command="export side=heads", returns=["side"])
    sides = {"heads": pipe(echo("heads")), "tails": pipe(echo("tails"))}
    return pipe(flip, Conditional(name="which", parameter="side", branches=sides))


HERA = {
    "loops/fan_in": Ported(fan_in),
    "loops/json_payload_fanout": Ported(json_payload_fanout),
    "misc/dynamic_resources": Ported(dynamic_resources),
    "misc/env_from": Ported(env_from),
    "misc/init_containers_with_env": Ported(init_containers_with_env),
    "misc/multi_env": Ported(multi_env),
    "dags/inner_dag": Ported(inner_dag),
    "scripts/coinflip": Ported(coinflip),
    "scripts/default_parameters": Ported(default_parameters),
}
