"""What is wrong with a laptop, a project and a cluster, and what to do. Nothing is changed but by a probe.

finding      what a check finds: a line
examination  all checks, side by side and in a few seconds
laptop       Python, extras, the container engine
project      the configuration, the image, the stores
looking      reading objects of a cluster that may be missing, or not for one's eyes
server       the API server: whether it answers, whom it takes one for, its version and its clock
argo         Argo's definitions, and its controller
namespace    a namespace: its security level, quota, limit ranges, nodes
accounts     service accounts, and what they and oneself may do
objects      the Secrets, volumes and the artifact repository that workflows refer to
text         the findings for people
"""
