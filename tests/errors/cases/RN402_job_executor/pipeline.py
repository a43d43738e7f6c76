from runnable import ShellJob

ShellJob(command="true").execute()
