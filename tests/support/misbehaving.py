"""A program of forty tasks that misbehave, each followed by a look at what it has left.

python misbehaving.py NAME...    runs those, or all of them
"""

import _thread
import asyncio
import atexit
import builtins
import ctypes
import decimal
import faulthandler
import gc
import json
import locale
import logging
import os
import random
import resource
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
import warnings

from runnable import Parallel, Pipeline, PythonTask


def raises():
    raise ValueError("no rows")


def raises_with_notes():
    error = ValueError("no rows")
    error.add_note("in day 3")
    raise error


def raises_a_group():
    raise ExceptionGroup("both", [ValueError("one"), KeyError("two")])


def raises_what_has_no_text():
    class Mute(Exception):
        def __str__(self):
            raise RuntimeError("not even a text")

    raise Mute


def raises_a_text_of_many_lines():
    raise ValueError("first\nsecond\n\x1b[2Jthird " + "x" * 5000)


def is_interrupted():
    raise KeyboardInterrupt


def exits_with_nothing():
    sys.exit()


def exits_with_3():
    sys.exit(3)


def exits_with_a_text():
    sys.exit("the table is locked")


def leaves():
    os._exit(0)


def leaves_with_7():
    os._exit(7)


def kills_itself():
    os.kill(os.getpid(), signal.SIGKILL)


def segfaults():
    faulthandler.disable()
    ctypes.string_at(0)


def aborts():
    os.abort()


def forks_and_comes_back():
    if os.fork():
        os.wait()
        return "parent"
    return "child"


def forks_and_raises():
    if os.fork():
        os.wait()
        return "parent"
    raise ValueError("in the child")


def closes_stdout():
    sys.stdout.close()
    return 1


def has_no_stdout():
    sys.stdout = sys.stderr = None
    print("to nowhere")
    return 1


def closes_descriptor_1():
    os.close(1)
    return 1


def closes_all_descriptors():
    gc.collect()
    os.closerange(3, 256)
    return 1


def changes_folder():
    folder = tempfile.mkdtemp()
    os.chdir(folder)
    shutil.rmtree(folder)
    return 1


def clears_the_environment():
    os.environ.clear()
    return 1


def sets_the_environment():
    os.environ["PATH"] = "/nowhere"
    os.environ["LEFT_BY"] = "a task"
    return 1


def sets_the_umask():
    os.umask(0o777)
    return 1


def ignores_sigterm():
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return 1


def sets_an_alarm():
    signal.setitimer(signal.ITIMER_REAL, 60)
    return 1


def sets_the_locale():
    locale.setlocale(locale.LC_ALL, "C")
    return 1


def makes_warnings_errors():
    warnings.simplefilter("error")
    return 1


def leaves_a_thread():
    threading.Thread(target=lambda: (time.sleep(0.3), print("late"))).start()
    return 1


def leaves_a_daemon():
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    return 1


def interrupts_main_from_a_thread():
    threading.Thread(target=_thread.interrupt_main).start()
    time.sleep(5)


def ends_badly():
    atexit.register(lambda: 1 / 0)
    return 1


def returns_a_lambda():
    return lambda: 1


def returns_a_generator():
    return (n for n in range(3))


def returns_too_much():
    return 1, 2


def returns_nan():
    return float("nan")


def recurses():
    return recurses()


def sets_the_recursion_limit():
    sys.setrecursionlimit(80)
    return 1


def prints_much():
    print("x" * 5_000_000)
    return 1


def prints_bytes():
    os.write(1, bytes(range(256)) * 10)
    return 1


def logs_everything():
    logging.basicConfig(level=logging.DEBUG, force=True)
    logging.getLogger().setLevel(1)
    return 1


def replaces_print():
    builtins.print = builtins.len = None
    return 1


def forgets_modules():
    for name in ("json", "os.path", "random"):
        sys.modules.pop(name, None)
    sys.path.clear()
    return 1


def reads_what_nobody_types():
    return input("how many? ")


def runs_out_of_files():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (64, hard))
    files = []
    while True:
        files.append(open("/dev/null"))  # noqa: SIM115 - not closing them is the matter


def leaves_a_process():
    subprocess.Popen(["sleep", "600"])
    return 1


def leaves_a_loop():
    asyncio.set_event_loop(asyncio.new_event_loop())
    return 1


def has_a_short_timeout():
    socket.setdefaulttimeout(0.001)
    random.seed(1)
    return 1


def rounds_decimals():
    decimal.getcontext().prec = 3
    return str(decimal.Decimal(1) / 3)


def takes_too_long():
    time.sleep(60)


def look():
    """What a task finds: the same, whatever ran before."""
    mask = os.umask(0o022)
    os.umask(mask)
    return {
        "folder": os.path.isdir(os.getcwd()),
        "path": "/bin" in os.environ.get("PATH", ""),
        "left": os.environ.get("LEFT_BY"),
        "umask": mask != 0o777,
        "term": signal.getsignal(signal.SIGTERM) is not signal.SIG_IGN,
        "int": signal.getsignal(signal.SIGINT) is not signal.SIG_IGN,
        "alarm": signal.getitimer(signal.ITIMER_REAL)[0],
        "warnings": ("error", None, Warning, None, 0) in warnings.filters,
        "stdout": sys.stdout is not None and not sys.stdout.closed and print("here") is None,
        "recursion": sys.getrecursionlimit() >= 1000,
        "files": resource.getrlimit(resource.RLIMIT_NOFILE)[0] > 64,
        "level": logging.getLogger().level == logging.WARNING,
        "json": json.dumps([1]),
        "timeout": socket.getdefaulttimeout(),
        "digits": decimal.getcontext().prec,
    }


MISDEEDS = {
    function.__name__: function
    for function in list(globals().values())
    if getattr(function, "__module__", "") == __name__ and getattr(function, "__name__", "look") != "look"
}


def branch(name):
    """A misdeed and a look after it, whatever came of it."""
    after = PythonTask(name="look", function=look, returns=["seen"])
    failed = Pipeline(steps=[PythonTask(name="look_after_failure", function=look, returns=["seen"])])
    limit = {"timeout": 1} if name == "takes_too_long" else {}
    misdeed = PythonTask(name="misdeed", function=MISDEEDS[name], returns=["x"], on_failure=failed, **limit)
    return Pipeline(steps=[misdeed, after])


def main():
    names = sys.argv[1:] or list(MISDEEDS)
    Pipeline(steps=[Parallel(name="all", branches={name: branch(name) for name in names})]).execute()


if __name__ == "__main__":
    main()
