"""Building the image that a project's tasks run in: the runtime, the packages that the project needs, and its files."""
