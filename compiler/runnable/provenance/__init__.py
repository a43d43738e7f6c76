"""Where a run, a manifest and an image come from: what is said of it, and whether it belongs to the files here.

facts        what is said: commit, changes, lock, compiler, pipeline; of files here, of annotations, of a record
repository   what git says of the files
verdict      what is said beside what is here, one thing after another
statement    the same as an in-toto statement
"""
