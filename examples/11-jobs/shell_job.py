"""A command line that leaves a file:  python examples/11-jobs/shell_job.py"""

from runnable import Catalog, ShellJob


def main():
    job = ShellJob(
        command='mkdir -p out && echo "all is well" > out/report.txt && export lines=$(wc -l < out/report.txt)',
        returns=["lines"],
        catalog=Catalog(put=["out/report.txt"]),
    )
    job.execute()
    return job


if __name__ == "__main__":
    main()
