"""The report of a run: one HTML file that needs nothing beside it, for people who were not there when it ran.

writing     from a recorded run to the file: the whole way
model       what the report says of the steps, as plain data: a tree with times
order       which step is after which, and the critical path
page        the sections in their order, the content security policy
html        writing HTML in which whatever a record holds is text
graph       the pipeline as nested boxes with edges between them, composites open and close
timeline    the steps as a table with bars, for readers without scripts
details     what the script shows of a step, packed
attachments logs, pictures and notebooks that go into the file, within its size

The files in `assets/` are the style and the script. All that matters is in the HTML itself: Argo's artifact page and
Jenkins forbid scripts. Scripts only add searching, folding, zooming and the details of a step.
"""
