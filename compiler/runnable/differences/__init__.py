"""What changed between two recorded runs, and which results differ.

changes    what may have led to it: parameters, code, files, packages, images, what was around, the pipeline itself
results    which steps returned or ended otherwise, and which of them were given the same
text       both for people
"""
