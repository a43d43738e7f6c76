"""Several tasks in one pod, one after another: what they are told, and running them."""
