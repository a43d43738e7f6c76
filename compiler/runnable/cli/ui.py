"""`runnable ui [RUN]`: the runs of the project in a browser, live, until Ctrl-C."""

from __future__ import annotations

import argparse
import sys
from urllib.parse import quote

from runnable.cli.options import RUN_HELP, add_context, add_store, chosen_store, named_configuration
from runnable.configuration.project import recorded_project
from runnable.diagnostics.errors import ExitCode
from runnable.diagnostics.terminal import say
from runnable.runs.lookup import find_run


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand."""
    parser = commands.add_parser("ui", allow_abbrev=False)
    parser.add_argument("run_id", metavar="RUN", nargs="?", help=f"{RUN_HELP}; the list of all runs otherwise")
    parser.add_argument("--port", type=_port, default=0, help="the port to listen on; any free one otherwise")
    parser.add_argument("--no-open", action="store_true", help="print the address, and open no browser")
    add_store(parser)
    add_context(parser)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Serve until Ctrl-C, which is how it ends."""
    from runnable.ui.pages import Pages
    from runnable.ui.server import Server

    store = chosen_store(options)
    first = f"run/{quote(find_run(store, options.run_id))}/" if options.run_id else ""
    pages = Pages(store, named=named_configuration(options), root=recorded_project(), context=options.context)
    with Server(pages, options.port) as server:
        address = server.address + first
        say(address, flush=True)
        say("the runs are shown there until Ctrl-C ends this; only who has the address can see them", file=sys.stderr)
        if not options.no_open:
            import webbrowser

            webbrowser.open(address)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            say(file=sys.stderr)
    return ExitCode.OK


def _port(text: str) -> int:
    if not text.isdecimal() or int(text) > 65535:
        raise argparse.ArgumentTypeError(f"{text!r} is not a port, a number up to 65535")
    return int(text)
