"""`runnable completion SHELL`: the script that makes a shell complete this command's words."""

from __future__ import annotations

import argparse
import os
import sys
from contextlib import redirect_stderr

from runnable.diagnostics.errors import ExitCode
from runnable.diagnostics.terminal import say, write_document

_BASH = r"""# runnable's completion for bash:  source <(runnable completion bash)
_runnable() {
    local line kind
    COMPREPLY=()
    while IFS= read -r line; do
        case "$line" in
            :files) compopt -o default 2>/dev/null; return ;;
            :values) compopt -o filenames 2>/dev/null ;;
            *) COMPREPLY+=("${line%%$'\t'*}") ;;
        esac
    done < <(runnable completion --line "${COMP_LINE:0:COMP_POINT}" 2>/dev/null)
}
complete -F _runnable runnable
"""
_ZSH = r"""#compdef runnable
# runnable's completion for zsh:  source <(runnable completion zsh), after compinit; or a file _runnable on $fpath
_runnable() {
    local line
    local -a values shown
    while IFS= read -r line; do
        case $line in
            :files) _files; return ;;
            :values) ;;
            *) values+=("${line%%$'\t'*}"); shown+=("${line/$'\t'/  -- }") ;;
        esac
    done < <(runnable completion --words "${(@Q)words[2,CURRENT]}" 2>/dev/null)
    (( $#values )) && compadd -l -d shown -a values
}
if [ "$funcstack[1]" = _runnable ]; then _runnable "$@"; else compdef _runnable runnable; fi
"""
_FISH = r"""# runnable's completion for fish:  runnable completion fish | source
function __runnable_complete
    set -l words (commandline -opc) (commandline -ct)
    set -l lines (runnable completion --words $words[2..-1] 2>/dev/null)
    switch "$lines[1]"
        case ':files'
            __fish_complete_path (commandline -ct)
        case ':values'
            printf '%s\n' $lines[2..-1]
        case '*'
            printf '%s\n' $lines
    end
end
complete -c runnable -f -a '(__runnable_complete)'
"""
SHELLS = {"bash": _BASH, "zsh": _ZSH, "fish": _FISH}


def add_to(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Register the subcommand. What the scripts call it with is not in its help."""
    parser = commands.add_parser("completion", allow_abbrev=False)
    parser.add_argument("shell", metavar="SHELL", nargs="?", choices=SHELLS, help="bash, zsh or fish")
    parser.add_argument("--line", help=argparse.SUPPRESS)
    parser.add_argument("--words", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
    parser.set_defaults(run=run)


def run(options: argparse.Namespace) -> ExitCode:
    """Print the script; or, for a script that asks, a line for each word that can come next."""
    if options.line is None and options.words is None:
        if options.shell is None:
            say(f"runnable completion: name the shell: {', '.join(SHELLS)}", file=sys.stderr)
            return ExitCode.USAGE
        write_document(SHELLS[options.shell])
        return ExitCode.OK
    from runnable.cli.candidates import candidates, without_broken_part, words_of

    with open(os.devnull, "w") as nowhere, redirect_stderr(nowhere):  # noqa: PTH123 - a prompt is no place for messages
        words = words_of(options.line) if options.line is not None else options.words or [""]
        found = candidates(words)
        if options.line is not None:
            found = without_broken_part(found, words[-1])
    say("\n".join(found))
    return ExitCode.OK
