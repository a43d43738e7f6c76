"""What a pipeline would do, known before it runs.

values     values that are known only at run time
counts     how often something runs: exactly, at least, at most
expand     a walk through a program over the lists that are known, in which every task has a fate
steps      the steps of a plan: a tree by the nodes of the program, with counts
caching    the fate of tasks with `cache=True`
earlier    the fate of tasks in an earlier run that is resumed, and what has changed since
changes    what has changed, with file and line
width      how much runs at one time, at most
argo       pods, sizes, requests on Argo
needs      the objects of a cluster that a manifest names
plan       all of it together, as JSON
text       all of it together, for people
"""
