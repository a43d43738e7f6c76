"""A fuzzer of what comes from outside: records, configuration, parameters, notebooks and manifests.

    python -m tests.fuzz --seconds 60 --seed 1       # `make fuzz` does this

It knows two results of a command: it works, or it ends with an error of ours and one of its exit codes. `targets` has
what is changed and which commands then run, `mutations` how it is changed.
"""
