"""A Kubernetes cluster with Argo Workflows: submitting, watching and stopping workflows, and reading their pods' logs.

api       requests, by the kubernetes library's configuration; what fails becomes a diagnostic (refusals)
objects   workflows, templates and pods
view      a workflow's status as the tree of our steps, and what keeps its pods from going on (advice)
recording what it is to the records of its run
jobs      sending a Job
watch     the view again and again, until the workflow has ended
display   a view as text
"""
