"""The variables that a shell command certainly reads, and what it can never export."""

import pytest

from runnable.passes.analysis.shell_names import never_exported, variables_read


@pytest.mark.parametrize(
    ("command", "names"),
    [
        ("echo $a ${b} ${#c} ${d%.txt} ${e:?must be there}", "abcde"),
        ("echo ${a:-x} ${b-x} ${c:=x} ${d:+$e}", "e"),
        ("echo '$a' \"'$b'\" \\$c \"\\$d\"", "b"),
        ('echo "$(awk \'{ print $a }\' "$b") $c"', "bc"),
        ("(cd $a && echo '$b') # it's $c\necho $d", "ad"),
        ("case $a in x) echo '$b';; esac", "a"),
        ("a=1; for b in 1; do read c; done; echo $a $b $c $d", "d"),
        ("echo $1 $? $$ $@ $#", ""),
        ("cat <<'END' > $a\n$b\nEND\necho $c", "ac"),
        ("cat <<< $a", "a"),
        (". ./env; echo $a", ""),
        ("echo `echo $a`", ""),
        ("echo $http_proxy", ""),
        ("echo 'unfinished $a", ""),
        ('echo "unfinished $a', "a"),
    ],
)
def test_a_variable_is_read_where_the_shell_replaces_it_and_nothing_sets_it(command, names):
    assert variables_read(command) == tuple(names)


@pytest.mark.parametrize(
    ("command", "found"),
    [
        ("export x=1", ()),
        ("x=1; export x", ()),
        ("x=1", ("x",)),
        ("set -a; x=1", ()),
        ("export xs=1", ("x",)),
        (". ./env", ()),
        ("eval $(cat env)", ()),
        ("declare -x x=1", ()),
    ],
)
def test_what_is_never_exported_has_no_export(command, found):
    assert never_exported(command, ["x"]) == found
