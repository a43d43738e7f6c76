"""What a command or `execute()` does as a whole: a run, a compilation, a retry, a stream of events."""
