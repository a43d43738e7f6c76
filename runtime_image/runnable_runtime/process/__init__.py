"""The process that a task runs in: PID 1, signals, environment, working folder, hidden output."""
