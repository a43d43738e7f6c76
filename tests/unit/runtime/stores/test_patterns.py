"""What a catalog's patterns match, and which texts are none."""

import pytest

from runnable_runtime.stores.patterns import Pattern, problem

MATCHES = {
    "report.csv": {"report.csv": True, "report.csv/inside": True, "xreport.csv": False, "a/report.csv": False},
    "plots": {"plots/a.png": True, "plots/deep/b.png": True, "plots2/a.png": False},
    "plots/": {"plots/a.png": True, "plots/deep/b.png": True},
    "./data//x.csv": {"data/x.csv": True},
    "*.csv": {"a.csv": True, ".csv": True, "a/b.csv": False, "a.csv.gz": False, "acsv": False},
    "data/*": {"data/a": True, "data/.b": True, "data/a/b": False, "data": False},
    "data/*/": {"data/a/b": True, "data/a/b/c": True, "data/a": False},
    "**/*.py": {"a.py": True, "a/b/c.py": True, "a/b.pyc": False},
    "data/**": {"data/a": True, "data/a/b": True, "data": False, "other/a": False},
    "data/**/x": {"data/x": True, "data/a/b/x": True, "data/ax": False},
    "part-?.csv": {"part-1.csv": True, "part-10.csv": False, "part-/.csv": False},
    "part-[0-3].csv": {"part-2.csv": True, "part-4.csv": False},
    "part-[!0-3].csv": {"part-2.csv": False, "part-4.csv": True, "part-/.csv": False},
    "a[b.csv": {"a[b.csv": True},
    "a+(b).csv": {"a+(b).csv": True, "aab.csv": False},
    "x[^a]": {"x^": True, "xa": True, "xb": False},
}


@pytest.mark.parametrize(
    ("pattern", "path", "expected"), [(p, f, e) for p, fs in MATCHES.items() for f, e in fs.items()]
)
def test_a_pattern_matches_what_it_means(pattern, path, expected):
    assert Pattern.of(pattern).matches(path) is expected


def test_patterns_are_below_the_data_folder():
    pattern = Pattern.of("*.csv", "./out/data")
    assert pattern.matches("out/data/a.csv")
    assert not pattern.matches("a.csv")
    assert pattern.start == "out/data"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("/etc/passwd", "is absolute"),
        ("../x", "'..'"),
        ("a/../../x", "'..'"),
        ("a/..", "'..'"),
        ("", "whole working folder"),
        (".", "whole working folder"),
        ("./", "whole working folder"),
        ("a\\b", "backslash"),
        ("a\nb", "control character"),
        (".runnable/objects", "not for files of yours"),
        ("./.runnable", "not for files of yours"),
        ("a**/b", "stands alone"),
        (3, "is an int"),
    ],
)
def test_what_is_no_pattern_is_refused_with_the_reason(text, reason):
    assert reason in problem(text)
    with pytest.raises(ValueError, match=reason):
        Pattern.of(text)
