"""A shell command:  python examples/01-tasks/scripts.py"""

from runnable import Pipeline, ShellTask


def main():
    pipeline = Pipeline(steps=[ShellTask(name="hello", command="echo 'Hello from a shell!'")])
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
