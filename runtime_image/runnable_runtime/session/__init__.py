"""Tasks one after another, or several at once, in one container: what a launcher sends, and what it gets back.

A container that a launcher talks to runs ``python -m runnable_runtime --protocol N --serve stdio``. Each task is a fork
of that process, so it starts as fresh as in a container of its own, and without the time that one takes.
"""
