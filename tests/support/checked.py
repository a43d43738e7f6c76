"""Checking pipelines that are written with the SDK."""

from dataclasses import replace

from runnable import Pipeline, PythonTask, Stub
from runnable.frontend.build import build
from runnable.passes import diagnose


def check(*steps, fixed=True, **parameters):
    """What `runnable check` finds, hints left out; with other `fixed`, what `runnable compile` finds."""
    built = build(Pipeline(steps=list(steps)), __file__)
    built = replace(built, program=replace(built.program, parameters=parameters))
    return diagnose(built, fixed=fixed)


def codes(*steps, **options):
    return [found.code for found in check(*steps, **options)]


def call(function, *returns, name=None):
    return PythonTask(name=name or function.__name__, function=function, returns=list(returns))


def pipe(*steps):
    return Pipeline(steps=list(steps))


def nothing(name="nothing"):
    return pipe(Stub(name=name))
