"""Records of runs: what they consist of, and how a pod writes that of its own step.

records     plain data, to and from JSON
times       times as text
file_names  the file names of steps, logs and notebooks
chunks      the parts of a record that several processes write
ends        how workflows have ended, written by whoever sees it
pod         writing the record of the one step that this process runs
"""
