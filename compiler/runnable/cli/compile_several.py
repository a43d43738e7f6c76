"""`runnable compile DIR -o DIR`: several pipelines, each to a file of its own, with the bytes that it has by itself."""

from __future__ import annotations

import argparse
import os
import sys
from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path, PurePosixPath

from runnable.cli.findings import exit_code, print_formatted, print_texts, report
from runnable.cli.options import compiled, named_configuration
from runnable.diagnostics.errors import ExitCode
from runnable.diagnostics.findings import Outcome, worst
from runnable.diagnostics.terminal import say
from runnable.driver.several import each, prepare
from runnable.frontend.folders import Source, sources
from runnable.frontend.loading import YAML_SUFFIXES
from runnable.manifests.check import differences
from runnable.manifests.folder import manifests_without_source, write_file
from runnable.targets.target import Document
from runnable_runtime.presence import is_folder, is_there


def compile_several(options: argparse.Namespace) -> ExitCode:
    """Compile all, report all mistakes, and write, or compare, what has compiled.

    Nothing is written if two of them would be the same file.
    """
    if problem := _misuse(options):
        say(f"runnable compile: {problem}", file=sys.stderr)
        return ExitCode.USAGE
    asked = sources(options.pipelines, options.exclude)
    prepare(named_configuration(options), options.target)
    outcomes = []
    for outcome in each(asked, lambda one: _compile(options, one)):
        outcomes.append(outcome)
        if options.format == "text":
            print_texts(outcome.findings, sys.stderr)
    failed = exit_code(outcomes)
    if failed and options.format != "text":
        print_formatted((finding for one in outcomes for finding in one.findings), options.format)
    files = _files(asked, outcomes)
    if several := {name: made for name, made in files.items() if len(made) > 1}:
        say("\n".join(_same_name(options, name, made) for name, made in several.items()), file=sys.stderr)
        return ExitCode.OUTPUT
    folder = Path(options.output or options.check)
    texts = {name: _text(made[0]) for name, made in files.items()}
    left = manifests_without_source(folder, {one.within for one in asked}, texts)
    other = _differences(folder, texts, left) if options.check else _written(folder, texts, left)
    report(outcomes, "compiled")
    return worst([failed, other])


def _compile(options: argparse.Namespace, pipeline: str) -> Outcome:
    options.pipeline = pipeline
    documents = compiled(options, say_open=True)
    return Outcome(pipeline=pipeline, documents=tuple((one.file_name, one.text) for one in documents))


def _misuse(options: argparse.Namespace) -> str:
    """What the command line asks for and several pipelines cannot have."""
    for option, given in (("--name", options.name), ("--retry", options.retry)):
        if given:
            return f"{option} is for one pipeline, and several are named"
    place = options.output or options.check
    if not place:
        return "several pipelines need `-o FOLDER`, which then has a file for each"
    if is_there(place) and not is_folder(place):
        return f"several pipelines need a folder, and {place} is a file"
    return ""


def _files(asked: Sequence[Source], outcomes: Sequence[Outcome]) -> Mapping[str, list[Outcome]]:
    """By the path of a file in the output folder, what it has been compiled from: one, unless names are the same."""
    found: dict[str, list[Outcome]] = defaultdict(list)
    for source, outcome in zip(asked, outcomes, strict=True):
        if outcome.documents:
            found[_file_name(source, outcome.documents[0][0])].append(outcome)
    return found


def _file_name(source: Source, document: str) -> str:
    """The pipeline's path in the folder that was named, with the suffix of `document`; ``FILE:NAME`` is FILE-NAME."""
    file, _, name = source.reference.partition(".py:")
    path = Path(os.path.relpath(file, source.within)) if source.within else Path(file.replace("/", os.sep)).name
    whole = PurePosixPath(path).as_posix()
    stem = next((whole.removesuffix(end) for end in (".py", *YAML_SUFFIXES) if whole.endswith(end)), whole)
    return f"{stem}-{name}{Path(document).suffix}" if name else f"{stem}{Path(document).suffix}"


def _text(outcome: Outcome) -> str:
    return "".join(text for _, text in outcome.documents)


def _same_name(options: argparse.Namespace, name: str, made: Sequence[Outcome]) -> str:
    names = " and ".join(one.pipeline for one in made)
    return (
        f"error: {names} would all be written to {Path(options.output or options.check, name)}\n"
        " = help: name the folder that they are in, whose folders the output then has too; nothing was written"
    )


def _written(folder: Path, texts: Mapping[str, str], left: Sequence[Path]) -> ExitCode:
    for name, text in texts.items():
        write_file(folder / name, text)
    for file in left:
        say(f"notice: {file} was compiled from a pipeline that is no longer there: remove it", file=sys.stderr)
    return ExitCode.OK


def _differences(folder: Path, texts: Mapping[str, str], left: Sequence[Path]) -> ExitCode:
    found = [one for name, text in texts.items() if (one := differences(folder, (Document(name, text),), ""))]
    found += [f"{file} was compiled from a pipeline that is no longer there: remove it" for file in left]
    if not found:
        say(f"{folder} is up to date", file=sys.stderr)
        return ExitCode.OK
    separator = "\n\n"
    say(f"{folder} is out of date:\n\n{separator.join(found)}\n\n`-o {folder}` in place of --check writes it anew")
    return ExitCode.DIFFERENT
