"""What `compile` and `check` have in common: a pipeline's file, with its parameters and configuration."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace

from runnable.configuration import Configuration, load_configuration, load_parameters
from runnable.driver import CONFIGURATION_FILE, PARAMETERS_FILE, Built
from runnable.sdk.loading import load


def add_inputs(parser: argparse.ArgumentParser) -> None:
    """The arguments that name the inputs."""
    parser.add_argument(
        "pipeline", metavar="FILE[:NAME]", help="the pipeline's file; NAME: a function or variable in it"
    )
    parser.add_argument("-p", "--parameters", metavar="FILE", default="", help="a YAML file of parameters")
    parser.add_argument("-c", "--config", metavar="FILE", default="", help="a configuration file")


def read_inputs(options: argparse.Namespace) -> tuple[Built, Configuration]:
    """The pipeline with its parameters, and the configuration.

    What the command line names is stronger than the RUNNABLE_* variables, and these than what the file's `execute()`
    names.
    """
    loaded = load(options.pipeline)
    parameters = load_parameters(options.parameters or os.environ.get(PARAMETERS_FILE) or loaded.parameters_file)
    configuration = load_configuration(
        options.config or os.environ.get(CONFIGURATION_FILE) or loaded.configuration_file
    )
    built = replace(loaded.built, program=replace(loaded.built.program, parameters=parameters))
    return built, configuration
