"""What is known of a value before it exists: from annotations, the pipeline's parameters and the graph.

    value.py     the abstraction of a value of JSON
    returned.py  return annotation -> what the step's outputs can be       mirrors `runnable_runtime.values.returns`
    fitting.py   can such a value become what an argument is annotated as  mirrors `runnable_runtime.values.conversion`
    origins.py   which values can reach a name at a place                  on top of `passes.dataflow`

All of it errs on one side: a value is claimed to be something only if it cannot be anything else.
"""
