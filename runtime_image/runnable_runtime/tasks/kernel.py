"""Executing a notebook's cells in a kernel of this interpreter. Imported only by tasks that are notebooks."""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import IO, Any
from uuid import uuid4

import ipykernel  # noqa: F401 - to say at once that it is missing; the kernel's process is what uses it
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import AsyncKernelManager
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, DeadKernelError
from nbformat import NotebookNode
from nbformat.v4 import new_code_cell

from runnable_runtime.deferred import pattern
from runnable_runtime.failures import UserCodeFailed
from runnable_runtime.protocol import KERNELS_VARIABLE
from runnable_runtime.tasks.asynchronous import finish
from runnable_runtime.tasks.forked_kernel import ForkedKernel, Provisioner

_COLOURS = pattern(r"\x1b\[[0-9;]*m")
_PLACE = pattern(r"(?:Cell In\[(\d+)\], line |<ipython-input-(\d+)-[^>]*> in .*line )(\d+)")
_NO_FAILURE = ("", "0", "None", "False")
"""What `exit` is given, as text, where a notebook ends before its last cell, and has not failed."""
_FIRST = "import runnable_runtime.tasks.harvest as _harvest; _harvest.begin(); del _harvest"
_LAST = "import runnable_runtime.tasks.harvest as _harvest; _harvest.end(); del _harvest"
_PATIENCE = 0.5
"""Seconds that a kernel has for an answer, until it is asked again, and looked whether it lives."""
_LONGEST_SOCKET = 90
"""The longest path of a folder, in characters, that leaves room for the name of a socket: its path has at most 107."""


def execute(notebook: NotebookNode, *, label: str, ending: str, environment: Mapping[str, str], scratch: Path) -> None:
    """Execute every cell of `notebook`, whose outputs go into it and to `sys.stdout` and `sys.stderr`.

    Args:
        notebook: is changed in place; what was executed before a failure stays in it.
        label: what messages call it.
        ending: code to run after the last cell, of which the notebook keeps nothing.
        environment: the kernel's whole environment.
        scratch: a folder for the kernel's own files.

    Raises:
        UserCodeFailed: a cell raised, or the kernel died.
    """
    manager = _manager(scratch, warm=KERNELS_VARIABLE in environment)
    client = _StreamingClient(notebook, km=manager, timeout=None, record_timing=False)
    client.log.disabled = True  # what it would say is in the failure
    # What cells print comes as messages. On the kernel's own standard error is its chatter, now and then a traceback
    # from its shutting down, which is of interest only if it dies.
    with (scratch / "kernel.err").open("w+b") as chatter:
        finish(_execute(client, label, ending, dict(environment), chatter))


async def _execute(
    client: _StreamingClient, label: str, ending: str, environment: dict[str, str], chatter: IO[bytes]
) -> None:
    position = 0
    try:
        await _start(client, label, environment, chatter)
        for position, cell in enumerate(client.nb.cells):
            try:
                await client.async_execute_cell(cell, position, execution_count=client.code_cells_executed + 1)
            except CellExecutionError as error:
                if error.ename != "SystemExit" or error.evalue not in _NO_FAILURE:
                    raise
                cell.outputs = [output for output in cell.outputs if output.output_type != "error"]
                break
        await _run_ending(client, f"{ending}\n{_LAST}")
    except CellExecutionError as error:
        with suppress(CellExecutionError, DeadKernelError):
            await _run_ending(client, _LAST)
        await client.close()
        raise _cell_failure(client.nb, position, label, error) from None
    except DeadKernelError:
        await client.close()
        task = asyncio.current_task()
        if task is not None and task.cancelling():  # the client takes a cancellation for this
            raise asyncio.CancelledError from None
        number = _number(client.nb, position)
        chatter.seek(0)
        last_words = chatter.read().decode(errors="replace").strip()
        raise UserCodeFailed(
            f"the kernel of {label} died in cell {number} (out of memory, or a crash)", last_words
        ) from None
    except BaseException:
        await client.close(interrupt=True)
        raise
    await client.close()


async def _start(client: _StreamingClient, label: str, environment: dict[str, str], chatter: IO[bytes]) -> None:
    try:
        await client.async_start_new_kernel(env=environment, cwd=str(Path.cwd()), stderr=chatter)
        await client.async_start_new_kernel_client()
    except (OSError, RuntimeError) as error:
        raise UserCodeFailed(f"no kernel could be started for {label}: {error}") from error


async def _run_ending(client: _StreamingClient, ending: str) -> None:
    cells = client.nb.cells
    cells.append(new_code_cell(ending))  # type: ignore[no-untyped-call]
    try:
        await client.async_execute_cell(cells[-1], len(cells) - 1, store_history=False)
    finally:
        cells.pop()


class _StreamingClient(NotebookClient):
    """Shows what cells print when they print it."""

    def output(self, outs: list[NotebookNode], msg: dict[str, Any], display_id: str | None, cell_index: int) -> Any:
        if msg["msg_type"] == "stream":
            stream = sys.stderr if msg["content"]["name"] == "stderr" else sys.stdout
            stream.write(msg["content"]["text"])
            stream.flush()
        return super().output(outs, msg, display_id, cell_index)

    async def async_start_new_kernel_client(self) -> Any:
        """See `NotebookClient`, which waits 0.2 seconds longer, for messages that may come."""
        manager: Any = self.km
        client = self.kc = manager.client()
        client.start_channels()
        client.allow_stdin = False
        until = time.monotonic() + self.startup_timeout
        while not await _answers(client):
            if not await manager.is_alive():
                raise RuntimeError("Kernel died before replying to kernel_info")
            if time.monotonic() > until:
                raise RuntimeError(f"Kernel didn't respond in {self.startup_timeout} seconds")
        return client

    async def close(self, *, interrupt: bool = False) -> None:
        """End the kernel: its exit handlers run, and after five seconds it is killed."""
        manager: Any = self.km
        if manager is None:  # the client gave up on it while it started
            return
        with suppress(RuntimeError, ProcessLookupError):  # it has not started, or is dead
            if await manager.is_alive():
                if interrupt:  # so that the cell's `finally` runs
                    await manager.interrupt_kernel()
                await self._await_end(manager)
            if await manager.is_alive():
                await manager.shutdown_kernel(now=False)
        await manager.cleanup_resources()
        if self.kc is not None:
            self.kc.stop_channels()
            self.kc = None

    async def _await_end(self, manager: Any) -> None:
        """Ask a forked kernel to end, and wait for just that: the manager looks ten times a second."""
        process = getattr(manager.provisioner, "process", None)
        if isinstance(process, ForkedKernel):
            with suppress(TimeoutError):
                await manager.request_shutdown()
                await asyncio.wait_for(process.ended(), manager.shutdown_wait_time / 2)
                await manager.provisioner.wait()


async def _answers(client: Any) -> bool:
    """Whether the kernel answers a question, and what it publishes arrives: the last that it says of the question."""
    asked = client.kernel_info()
    try:
        while (await client.get_shell_msg(timeout=_PATIENCE))["parent_header"].get("msg_id") != asked:
            pass
        while not _is_idle(await client.get_iopub_msg(timeout=_PATIENCE), asked):
            pass
    except Empty:
        return False
    return True


def _is_idle(message: dict[str, Any], asked: str) -> bool:
    idle = message["content"].get("execution_state") == "idle"
    return bool(idle and message["parent_header"].get("msg_id") == asked)


class _ThisInterpreter(KernelSpecManager):
    """Knows one kernel, whatever is installed: the interpreter that runs the task."""

    def get_kernel_spec(self, kernel_name: str) -> KernelSpec:
        command = [sys.executable, "-Xfrozen_modules=off", "-m", "ipykernel_launcher", "-f", "{connection_file}"]
        command += ["--HistoryManager.enabled=False", "--log-level=50"]  # 50: no word of its own on stderr
        command += [f"--IPKernelApp.exec_lines={_FIRST}"]
        return KernelSpec(argv=command, display_name="Python", language="python")


def _manager(scratch: Path, *, warm: bool) -> AsyncKernelManager:
    manager = AsyncKernelManager(kernel_name="python3", kernel_spec_manager=_ThisInterpreter())
    if warm:
        manager.kernel_id = str(uuid4())
        manager.provisioner = Provisioner(kernel_id=manager.kernel_id, kernel_spec=manager.kernel_spec, parent=manager)
    manager.connection_file = str(scratch / "kernel.json")
    if os.name == "posix" and len(str(scratch)) < _LONGEST_SOCKET:
        manager.transport = "ipc"  # no ports: none to run out of, none to race for
        manager.ip = str(scratch / "socket")
    return manager


def _cell_failure(notebook: NotebookNode, position: int, label: str, error: CellExecutionError) -> UserCodeFailed:
    cell = notebook.cells[position]
    frames = [line for shown in cell.outputs if shown.output_type == "error" for line in shown.traceback]
    trace = _COLOURS.sub("", "\n".join(frames) or error.traceback)
    where = f"{label}, cell {_number(notebook, position)}"
    line = _failing_line(trace, cell)
    if line:
        source = cell.source.splitlines()
        text = source[line - 1].strip() if line <= len(source) else ""
        where += f", line {line}: {text}" if text else f", line {line}"
    what = " ".join(f"{error.ename}: {_COLOURS.sub('', error.evalue)}".split())[:1000]
    return UserCodeFailed(f"{what} ({where})", trace)


def _failing_line(trace: str, cell: NotebookNode) -> int | None:
    """The line of `cell` that the traceback names last."""
    lines = [
        int(found[3]) for found in _PLACE.finditer(trace) if int(found[1] or found[2]) == cell.get("execution_count")
    ]
    if not lines:
        return None
    source: str = cell.source
    skipped = source[: len(source) - len(source.lstrip())].count("\n")  # IPython counts without leading blank lines
    return lines[-1] + skipped


def _number(notebook: NotebookNode, position: int) -> int:
    """Counting from 1, as a reader of the file does: without the cell that was put in."""
    before = notebook.cells[: position + 1]
    return sum("injected-parameters" not in cell.metadata.get("tags", []) for cell in before)
