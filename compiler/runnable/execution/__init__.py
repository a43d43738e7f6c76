"""Running a program on this machine: scheduler, launcher protocol, captured output, progress, secrets and caching.

Every executor that runs tasks itself shares it, and only brings a launcher of its own.
"""
