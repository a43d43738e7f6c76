"""Passes that report mistakes, and change nothing."""
