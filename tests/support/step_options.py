"""The options that a step can have, each with the value of its example."""

from runnable.frontend.options import OptionReader
from runnable.ir.options import DECLARATIONS, Options
from runnable.sdk.tasks import ShellTask

NAMES = list(DECLARATIONS)


def example(name: str) -> Options:
    """The options of a step that has the example of the option `name`, as a user writes it, and no other."""
    problems = []
    step = ShellTask(name="a", command="true", **{name: DECLARATIONS[name].example})
    options = OptionReader("step 'a'", None, problems).read(step)
    assert not problems
    return options
