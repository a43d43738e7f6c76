"""One piece of work in a process of its own."""

from runnable.driver.isolated import isolated


def alone(work):
    """What `work` returns there. Raises ProcessEnded."""
    [result] = isolated([work])
    return result()
