"""Passes that rewrite the IR to what a target can express."""
