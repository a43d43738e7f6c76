"""Requests and limits for steps, suggested by what their attempts have used in recorded runs."""
