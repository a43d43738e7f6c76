"""The kinds of task, one module each; `runnable_runtime.task` chooses."""
