"""Building the image that a project's steps run in: the runtime, what the project asks for, and its files."""
