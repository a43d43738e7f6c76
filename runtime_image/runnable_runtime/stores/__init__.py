"""Stores, which keep files outside of a task: a folder, or a bucket of an S3-compatible server.

settings   where a store is, as text for another process
location   what a store can do, whichever it is
folder     ... in a folder
s3         ... in a bucket, through s3fs, which is imported only when a bucket is used
"""
