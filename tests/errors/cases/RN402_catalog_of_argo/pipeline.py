from runnable import Pipeline, ShellTask

Pipeline(name="orders", steps=[ShellTask(name="count", command="wc -l orders.csv")]).execute()
