"""Branches read what came before them, and what they return is merged:

python examples/06-parallel/parallel_parameters.py
"""

from examples.common.functions import count_letters, count_words, describe
from runnable import Parallel, Pipeline, PythonTask, ShellTask


def main():
    write = ShellTask(name="write", command="export text='four words of text'", returns=["text"])
    count = Parallel(
        name="count",
        branches={
            "words": PythonTask(name="words", function=count_words, returns=["words"]).as_pipeline(),
            "letters": PythonTask(name="letters", function=count_letters, returns=["letters"]).as_pipeline(),
        },
    )
    join = PythonTask(name="describe", function=describe, returns=["description"])

    pipeline = Pipeline(steps=[write, count, join])
    pipeline.execute()
    return pipeline


if __name__ == "__main__":
    main()
