"""`runnable ui`: the runs of a project in a browser, live, by a server on this machine that nobody else can use.

`server` listens, `guard` says who is let in, `pages` answers; `listing` knows all runs, `viewed` one that is looked at.
"""
