"""Resuming a run: which of its recorded ends still count, and which tasks run again.

request        what the user asked for
positions      where the steps of a record are in a program, which may have changed since
compatibility  whether the record fits the program
known_ends     a walk through a program with the ends of tasks that are known
pod_records    the record that pods wrote, completed with what has no pod
reopen         the record as the next session begins with it
finished       what has finished, for a target that compiles the rest
notices        the notices that a user gets
recall         during the run: whether a task's recorded end is taken
"""
