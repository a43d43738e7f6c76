"""Running each task in a container of this machine, by the same image and the same protocol as a pod would."""
