from runnable import Catalog, Pipeline, ShellTask

Pipeline(
    steps=[
        ShellTask(name="make", command="touch prices.csv", catalog=Catalog(put=["prices.csv"])),
        ShellTask(name="read", command="cat price.csv", catalog=Catalog(get=["price.csv"])),
        ShellTask(name="early", command="cat late.csv", catalog=Catalog(get=["late.csv"])),
        ShellTask(name="late", command="touch late.csv", catalog=Catalog(put=["late.csv"])),
    ]
).execute()
