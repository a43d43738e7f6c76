from runnable import ShellJob

ShellJob(command="true", secrets=["TOKEN"]).execute()
