"""The way back: what the parts of a workflow or a manifest of the `argo` target say of the pipeline."""
