"""What is mistyped on the command line is recognized, by its own subcommand, with exit code 2."""

import subprocess
import sys

import pytest

from runnable import cli

MISTYPED = {
    "chek": "did you mean 'check'?",
    "run --paramters p.yaml p.py": "there is no option --paramters: did you mean --parameters?",
    "show --conifg=x latest": "there is no option --conifg: did you mean --config?",
    "runs --format jsn": "there is no 'jsn': did you mean 'json'?",
    "compile --target agro p.py": "there is no 'agro': did you mean 'argo'?",
    "compile --target zzz p.py": "choose from argo, k8s-job, ir, ir-json, mermaid, svg",
    "image biuld": "there is no 'biuld': did you mean 'build'?",
    "show a b c": "there is no place for the argument 'c'",
}


@pytest.mark.parametrize("typed", MISTYPED)
def test_what_is_mistyped_is_recognized(typed, capsys):
    try:
        code = cli.main(typed.split())
    except SystemExit as ended:
        code = ended.code
    said = capsys.readouterr().err
    assert code == 2
    assert MISTYPED[typed] in said
    assert said.startswith(f"usage: runnable {typed.split()[0]} ") or typed == "chek", "the usage of the subcommand"


def test_help_of_all_commands_imports_none_of_them():
    """Time depends on the machine; what is imported does not."""
    names = "import sys; from runnable.cli import main\ntry: main(['--help'])\nexcept SystemExit: print(*sys.modules)"
    ended = subprocess.run([sys.executable, "-c", names], capture_output=True, text=True, check=True)
    loaded = ended.stdout.splitlines()[-1].split()
    ours = {name for name in loaded if name.split(".")[0] == "runnable"}
    assert ours == {"runnable", "runnable.cli", "runnable.cli.parser"}
    assert not {"pydantic", "yaml", "rich", "dataclasses"} & {*loaded}


def test_every_command_describes_itself(capsys):
    for name, what in cli.COMMANDS.items():
        with pytest.raises(SystemExit):
            cli.main([name, "--help"])
        assert f"{what[:1].upper()}{what[1:]}." in " ".join(capsys.readouterr().out.split())
