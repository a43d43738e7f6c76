"""Every task as a pod runs it, in a process of its own on this machine, without an image or an engine."""
