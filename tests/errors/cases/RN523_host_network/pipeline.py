from runnable import Pipeline, ShellTask

NEAR = {"hostNetwork": True, "volumes": [{"name": "node", "hostPath": {"path": "/data"}}]}

Pipeline(name="train", steps=[ShellTask(name="fit", command="fit", pod=NEAR)]).execute()
