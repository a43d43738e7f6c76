"""A step's `pod`: a mapping or a YAML file of the project, and a mistake in either with the step's line."""

from runnable import PythonTask
from runnable.frontend.options import OptionReader
from runnable.ir.options import NO_OPTIONS


def read(pod, root):
    problems = []
    step = PythonTask(name="a", function=print, pod=pod)
    return OptionReader("step 'a'", step.span, problems, root).read(step), problems


def test_a_file_of_the_project_is_read(tmp_path):
    (tmp_path / "pod.yaml").write_text("hostname: here\nvolumes: [{name: a, emptyDir: {}}]\n")
    options, problems = read("pod.yaml", tmp_path)
    assert options.pod == '{"hostname":"here","volumes":[{"name":"a","emptyDir":{}}]}'
    assert read(tmp_path / "pod.yaml", tmp_path) == (options, [])
    assert not problems


def test_a_mistake_names_the_step_its_line_the_file_and_the_path(tmp_path):
    (tmp_path / "pod.yaml").write_text("volumes: [{name: a, emptydir: {}}]\n")
    options, (problem,) = read("pod.yaml", tmp_path)
    assert problem.message == "step 'a': pod of pod.yaml: volumes[0].emptydir is no field there"
    assert problem.help == "did you mean 'emptyDir'?"
    assert problem.span.file == __file__
    assert options == NO_OPTIONS


def test_a_file_that_is_not_there_or_no_mapping_is_a_mistake(tmp_path):
    (tmp_path / "list.yaml").write_text("[1]")
    for name in ("none.yaml", "list.yaml"):
        assert name in read(name, tmp_path)[1][0].message
    assert "or the path of a YAML file" in read(7, tmp_path)[1][0].message
