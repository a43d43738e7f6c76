"""Parameters as they are read where none is declared."""

from runnable.configuration import read_given


def load_parameters(*places, **named):
    """By name, the values of `read_given`."""
    return {name: given.value for name, given in read_given(*places, **named).items()}
