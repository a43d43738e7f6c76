"""Manifests in a folder of their own, for a repository that Argo CD or Flux applies, and what changes between two.

documents ──► kustomize ──► folder      written, or compared with what is committed
objects   ──► outline   ──► changes     what differs, in terms of steps
"""
