"""What is known of a value before it exists: from annotations, the pipeline's parameters and the graph.

    value.py     the abstraction of a value of JSON
    returned.py  return annotation -> what the step's outputs can be       mirrors `runnable_runtime.values.returns`
    fitting.py   can such a value become what an argument is annotated as  mirrors `runnable_runtime.values.conversion`
    origins.py   which values can reach a name at a place                  from the `Flow` of `passes.analysis.dataflow`

All of it errs on the safe side: what a value is, is stated only if it cannot be anything else.
"""
