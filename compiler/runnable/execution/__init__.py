"""Running a program on this machine: scheduler, launcher protocol, run records, stores and progress.

What is here is shared by every backend that runs tasks itself; a backend only brings a launcher.
"""
