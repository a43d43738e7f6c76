"""Running a pipeline on this machine: in this process, or in forked workers at the same time."""
