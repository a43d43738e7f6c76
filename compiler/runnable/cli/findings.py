"""Printing what `check` and `compile` have found in pipelines, for people and for other programs."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from typing import TextIO

from runnable.diagnostics.colour import painted
from runnable.diagnostics.errors import ExitCode
from runnable.diagnostics.findings import Finding, Outcome, summary, worst
from runnable.diagnostics.terminal import say

_FORMATS = ("text", "json", "github", "sarif")
_SKIPPED_SHOWN = 10


def add_format(parser: argparse.ArgumentParser) -> None:
    """The argument that says for whom findings are printed."""
    parser.add_argument(
        "--output-format",
        "--format",
        dest="format",
        choices=_FORMATS,
        default="text",
        help="github: workflow commands of GitHub Actions; json and sarif (2.1.0) are for other tools",
    )


def print_formatted(findings: Iterable[Finding], format: str) -> None:
    """Print all findings as one document."""
    from runnable.diagnostics.formats import FORMATS

    if text := FORMATS[format](tuple(findings)):
        say(text)


def print_texts(findings: Iterable[Finding], stream: TextIO) -> None:
    """Print findings for people, with an empty line after each."""
    for one in findings:
        say(painted(one.text, stream), end="\n\n", file=stream)


def exit_code(outcomes: Sequence[Outcome]) -> ExitCode:
    """The worst one; DEFINITION where no file is a pipeline's: who checks nothing is to notice it."""
    if all(one.skipped for one in outcomes):
        return ExitCode.DEFINITION
    return worst(one.exit_code for one in outcomes)


def conclusion(outcomes: Sequence[Outcome], done: str) -> str:
    """How many pipelines there were, with how many mistakes; and which files were skipped, and why."""
    pipelines = [one for one in outcomes if not one.skipped]
    wrong = sum(1 for one in pipelines if one.exit_code)
    found = [finding for one in pipelines for finding in one.findings]
    lines = []
    if not pipelines:
        lines.append("no pipelines found")
    else:
        about = f": {wrong} with errors ({summary(found)})" if wrong else f": {summary(found)}" if found else ""
        lines.append(f"{done} {len(pipelines)} pipeline{'' if len(pipelines) == 1 else 's'}{about}")
    return "\n".join([*lines, *_skipped([one for one in outcomes if one.skipped])])


def _skipped(outcomes: Sequence[Outcome]) -> list[str]:
    if not outcomes:
        return []
    shown = [f"  {one.pipeline}: {one.skipped}" for one in outcomes[:_SKIPPED_SHOWN]]
    more = [f"  and {len(outcomes) - _SKIPPED_SHOWN} more"] if len(outcomes) > _SKIPPED_SHOWN else []
    return [f"skipped {len(outcomes)} file{'' if len(outcomes) == 1 else 's'}:", *shown, *more]


def report(outcomes: Sequence[Outcome], done: str) -> None:
    """Print the conclusion on standard error."""
    say(conclusion(outcomes, done), file=sys.stderr)
