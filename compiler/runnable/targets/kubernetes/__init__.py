"""What every pod of Kubernetes has, in a workflow as in a Job: its configuration keys, its options, its stores."""
