"""Manifests in a folder, for a git repository that Argo CD or Flux applies, and comparing two sets of manifests.

documents ──► kustomize ──► folder      written, or compared with what is committed
objects   ──► outline   ──► changes     what differs, in terms of steps
"""
