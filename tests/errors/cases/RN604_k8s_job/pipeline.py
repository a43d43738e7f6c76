from runnable import Catalog, ShellJob

ShellJob(command="touch a.csv", catalog=Catalog(put=["a.csv"])).execute()
