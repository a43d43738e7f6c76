"""How long a run would take, and what it would cost: a discrete-event run of the IR, in which tasks only take time.

known      what is known of tasks before they run: seconds, what they return; of a recorded run, and of a file
prepared   a program made ready for that: reducers aside, iterations that are given
place      where tasks run: workers, pods that start, nodes, a quota
sharing    which tasks share a pod, and what to try of that
pods       the pods of a run, and who is next in each
locks      mutexes and semaphores
engine     the run: `semantics` says what is next, SimPy what time it is
simulated  what has come out: makespan, critical path, idle time, cost
measured   what a recorded run says of its place: how long its pods took to start
variants   the same run with something else: a faster step, more workers, larger nodes
prices     what an hour of a resource costs
text       all of it, for people
"""
