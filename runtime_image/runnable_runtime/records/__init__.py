"""Records of runs: what they consist of, and how a pod writes that of its own step.

records   plain data, to and from JSON
times     when
chunks    the parts that a record is kept in, where several processes write it
ends      how the workflows have ended that pods are of
pod       the record of the one step that this process runs
"""
