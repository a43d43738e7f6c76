"""Approvals in runs on this machine: steps that wait for a person.

launcher     a launcher around another one, which has the approvals of a run
questions    what waits for an answer, and the answer: files by which another shell finds a run and answers it
answers      what a person gives, as the values that are asked for
terminal     asking whoever started the run
"""

from runnable.execution.approvals.launcher import ApprovalLauncher

__all__ = ["ApprovalLauncher"]
