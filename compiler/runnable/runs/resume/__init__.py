"""Going on with a run: what of its record still counts, and what runs again.

request   what the user asked for
places    where the steps of a record stand in a program, which may have changed since
misfits   whether the record fits the program
walk      a program gone through with the ends of tasks that are known
completed the record of pods, with what has no pod
reopen    the record as the next session begins with it
finished  what of it a target leaves out that the rest is compiled for
notices   what is told of it
recall    while it runs: which task's recorded end is taken in its place
"""
