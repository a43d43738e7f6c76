from runnable import Catalog, ShellJob

job = ShellJob(
    command=7,
    catalog=Catalog(get=["a.csv"]),
    retry=-1,
)
