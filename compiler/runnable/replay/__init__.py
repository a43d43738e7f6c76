"""Replaying a recorded attempt at a task: on this machine, with its inputs, and the code as it is now.

recorded       what is known of an attempt, wherever it was recorded
from_run       ... by a run of this machine, in a store of records
from_workflow  ... by a workflow on a cluster, in its status
keeping        the values and files that it got, copied from the run's store into one of the replay's own
working        the folder that it works in
here           running it in this process, under a debugger if asked to
container      running it in a container of its image
as_test        writing it as a test
"""
