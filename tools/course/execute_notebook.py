"""Executes one notebook for tools/course.mjs and tells it on stdout, one JSON object a line, how far it is.

The kernel runs in a process group of its own. Whatever way this process ends (its parent gone, a signal, even
SIGKILL), that group is killed: by this process where it still can, else by a small watchdog process.
"""

import argparse
import asyncio
import json
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from itertools import zip_longest
from pathlib import Path
from queue import Empty

import nbformat
from jupyter_core.paths import jupyter_runtime_dir
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError

from kernel_end import MemoryMeter, kills_for_memory, reason_of_end

REPORT_MIME = "application/vnd.selfsup.report+json"

# Seconds a kernel may take to answer, for each attempt to start one. jupyter_client chooses the kernel's ports before the
# kernel opens them; when another program takes one in between, the kernel ends or never answers, and the next one does.
# The first limit is short for that, the last one long enough for a machine that is merely slow.
PATIENCE_WITH_KERNEL = (20, 30, 60)

# A stock tslab prints these when code that no cell awaits fails: the cell's own reply still says "ok".
UNHANDLED = ("UncaughtException:", "UnhandledPromiseRejection:")

# Seconds after the last cell in which a failure of something that a cell began is still waited for: at least one turn.
LINGER_TURN = 0.4
LINGER_TURNS = 12
PENDING_WORK = "process.getActiveResourcesInfo().some((kind) => /^(Timeout|Immediate|FSReq|Worker)/.test(kind))"

# Reads, one a line, process groups to kill and connection files, which hold a kernel's key, to remove, and does so once the
# pipe is closed: that is, once the writer is gone. It leaves without doing anything when told "done". A folder that
# tools/setup/jupyter-runtime.mjs made goes when its maker is gone too.
WATCHDOG = r"""
import glob, os, re, signal, sys
groups, files = [], []
for line in sys.stdin:
    word, _, rest = line.rstrip("\n").partition(" ")
    if word == "done":
        sys.exit()
    if word == "group":
        groups.append(int(rest))
    else:
        files.append(rest)
for group in groups:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        pass
for file in files:
    # Beside it lie the kernel's sockets.
    for path in glob.glob(glob.escape(file.removesuffix(".json")) + "*"):
        try:
            os.unlink(path)
        except OSError:
            pass
    folder = os.path.dirname(file)
    maker = re.fullmatch(r"selfsup-(\d+)-\w{6}", os.path.basename(folder))
    if maker is None:
        continue
    try:
        os.kill(int(maker[1]), 0)
    except ProcessLookupError:
        try:
            os.rmdir(folder)
        except OSError:
            pass
"""


def tell(event, **fields):
    sys.stdout.write(json.dumps(well_formed({"event": event, **fields}), allow_nan=False) + "\n")
    sys.stdout.flush()


class Watchdog:
    def __init__(self):
        self.process = subprocess.Popen(
            [sys.executable, "-c", WATCHDOG], stdin=subprocess.PIPE, text=True, start_new_session=True
        )

    def watch(self, word, what):
        self.process.stdin.write(f"{word} {what}\n")
        self.process.stdin.flush()

    def dismiss(self):
        try:
            self.process.stdin.write("done\n")
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        self.process.wait()


class CellFailure(Exception):
    def __init__(self, kind, message):
        super().__init__(message)
        self.kind = kind


class Run:
    def __init__(self, options):
        self.options = options
        self.notebook = nbformat.read(options.notebook, as_version=4)
        # What stands in the file was printed by another run, perhaps on other data: where this one does not come to, it
        # leaves nothing.
        clear_outputs(self.notebook)
        # allow_errors stays off: after an error a stock tslab drops the cells that arrive in the next 200 ms.
        self.client = NotebookClient(
            self.notebook,
            kernel_name="tslab",
            timeout=options.cell_timeout,
            iopub_timeout=30,
            record_timing=False,
            force_raise_errors=True,
        )
        self.group = None
        self.code_cells = [
            (position, cell)
            for position, cell in enumerate(self.notebook.cells, start=1)
            if cell.cell_type == "code" and cell.source.strip()
        ]
        self.number = 0
        self.memory = None
        self.connection_files = []
        self.abandoned = False
        self.kills_for_memory = kills_for_memory()
        # The cells that have ended, by the id of their request; and what failed in them afterwards.
        self.ended = {}
        self.late = []
        # The cells whose second run printed something else.
        self.repeats = []

    def kill(self):
        """Ends the kernel's whole process group: a second to tidy up, then for certain."""
        if self.group is None:
            return
        for number, patience in ((signal.SIGTERM, 1.0), (signal.SIGKILL, 1.0)):
            try:
                os.killpg(self.group, number)
            except (ProcessLookupError, PermissionError):
                return
            deadline = time.monotonic() + patience
            while time.monotonic() < deadline:
                self.reap()
                try:
                    os.killpg(self.group, 0)
                except (ProcessLookupError, PermissionError):
                    return
                time.sleep(0.02)

    def reap(self):
        try:
            os.waitpid(self.group, os.WNOHANG)
        except ChildProcessError:
            pass

    def abandon(self, code):
        """Ends kernel and process at once; safe to call from any thread and from a signal handler."""
        self.abandoned = True
        self.kill()
        os._exit(code)

    async def start_kernel(self):
        for attempt, patience in enumerate(PATIENCE_WITH_KERNEL, start=1):
            self.client.startup_timeout = patience
            try:
                return await self.start_kernel_once()
            except RuntimeError as error:
                # "Kernel died before replying …" or "Kernel didn't respond in … seconds"; nbclient has ended it.
                self.kill()
                self.group = None
                if attempt == len(PATIENCE_WITH_KERNEL):
                    raise
                tell("kernel-restart", attempt=attempt, why=str(error))

    async def start_kernel_once(self):
        client = self.client
        manager = client.create_kernel_manager()
        manager.shutdown_wait_time = 4.0
        if os.environ.get("SELFSUP_KERNEL_TRANSPORT") == "ipc":
            manager.transport = "ipc"
        # In the folder that only this user can open; by default the file, with its key, would be a temporary one.
        folder = jupyter_runtime_dir()
        os.makedirs(folder, mode=0o700, exist_ok=True)
        manager.connection_file = os.path.join(folder, f"kernel-{uuid.uuid4()}.json")
        self.connection_files.append(manager.connection_file)
        self.watchdog.watch("file", manager.connection_file)
        await client.async_start_new_kernel(cwd=os.path.dirname(os.path.abspath(self.options.notebook)))
        # jupyter_client starts a kernel in a session, hence a process group, of its own.
        self.group = client.km.provisioner.pid
        self.watchdog.watch("group", self.group)
        await client.async_start_new_kernel_client()
        self.watch_failures()
        self.memory = MemoryMeter(self.group)
        self.memory.start()
        info = await client.async_wait_for_reply(client.kc.kernel_info())
        self.notebook.metadata["language_info"] = info["content"]["language_info"]
        # The kernel answers before it has read its compiler; that time is no cell's.
        await client.async_wait_for_reply(client.kc.execute("0", silent=True))

    def watch_failures(self):
        """Notes each error that is published for a cell which has ended: nbclient reads on for the current one only."""
        channel = self.client.kc.iopub_channel
        receive = channel.get_msg

        async def get_msg(*args, **kwargs):
            message = await receive(*args, **kwargs)
            parent = message["parent_header"].get("msg_id")
            if message["msg_type"] == "error" and parent in self.ended:
                self.late.append((self.ended[parent], "\n".join(message["content"]["traceback"])))
            return message

        channel.get_msg = get_msg

    def raise_late_failure(self):
        if self.late:
            self.number, told = self.late[0]
            raise CellFailure("unhandled", told)

    async def linger(self):
        """Waits for failures of what the cells have begun, as long as the kernel has timers or the like, some seconds at most."""
        client = self.client
        for _ in range(LINGER_TURNS):
            expressions = {"pending": PENDING_WORK}
            message_id = client.kc.execute("0", silent=True, user_expressions=expressions)
            reply = await client.async_wait_for_reply(message_id)
            end = time.monotonic() + LINGER_TURN
            while (left := end - time.monotonic()) > 0:
                try:
                    await client.kc.iopub_channel.get_msg(timeout=left)
                except Empty:
                    break
            self.raise_late_failure()
            pending = (reply or {}).get("content", {}).get("user_expressions", {}).get("pending", {})
            if pending.get("data", {}).get("text/plain") != "true":
                return

    async def execute_cells(self):
        deadline = time.monotonic() + self.options.timeout
        status = None

        def keep_status(execute_reply, **_):
            nonlocal status
            status = execute_reply["content"]["status"]
            self.ended[execute_reply["parent_header"]["msg_id"]] = self.number

        self.client.on_cell_executed = keep_status
        for self.number, (position, cell) in enumerate(self.code_cells, start=1):
            tell("cell", number=self.number, position=position)
            left = max(1, round(deadline - time.monotonic()))
            self.client.timeout = min(self.options.cell_timeout, left)
            try:
                await self.client.async_execute_cell(cell, position - 1, execution_count=self.number)
                if self.options.twice:
                    first = told_by(cell)
                    await self.client.async_execute_cell(cell, position - 1, execution_count=self.number)
                    changed = difference(first, told_by(cell))
                    if changed is not None:
                        self.repeats.append((self.number, position, changed))
            except CellExecutionError as error:
                # A stock tslab reports what went wrong on stderr and leaves the error's name and trace empty.
                told = traceback_of(cell) or error.evalue or stderr_of(cell) or "the kernel gave no reason"
                raise CellFailure("error", told) from None
            except CellTimeoutError:
                whole = left < self.options.cell_timeout
                what, limit = ("notebook", self.options.timeout) if whole else ("cell", self.options.cell_timeout)
                raise CellFailure("time-out", f"the {what} did not end within {limit} s") from None
            if status != "ok":
                raise CellFailure("error", f'the kernel answered "{status}" and did not run the cell')
            if any(line.startswith(UNHANDLED) for line in stderr_of(cell).splitlines()):
                raise CellFailure("unhandled", stderr_of(cell))
            self.raise_late_failure()
        await self.linger()
        if self.repeats:
            self.number = self.repeats[0][0]
            cells = [f"code cell [{number}] (cell {position})\n{changed}" for number, position, changed in self.repeats]
            raise CellFailure("repeat", "\n".join([REPEATED, *cells]))

    async def death(self):
        return reason_of_end(await self.client.km.provisioner.poll(), self.kills_for_memory)

    async def run(self):
        failure = None
        try:
            await self.start_kernel()
            tell("kernel", pid=self.group)
            await self.execute_cells()
        except CellFailure as error:
            failure = (error.kind, str(error))
        except DeadKernelError:
            failure = await self.death()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is told and the kernel is ended
            failure = ("set-up", f"{type(error).__name__}: {error}")
        finally:
            if self.memory is not None:
                self.memory.look()
                self.memory.ended.set()
            if failure is None:
                await self.client._async_cleanup_kernel()
            self.kill()
            for file in self.connection_files:
                Path(file).unlink(missing_ok=True)
            # Abandoned at the same time, by another thread: the rest is the watchdog's, once this process is gone.
            if not self.abandoned:
                self.watchdog.dismiss()
        return failure


def clear_outputs(notebook):
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.outputs = []
            cell.execution_count = None


# What differs between two runs of a cell that does the same: times and rates, and where a progress bar stands.
TIMES = re.compile(r"\d[\d.,]*(?= ?(?:ms|s|min|h|hours|minutes|seconds|[A-Za-z]+/s|MB|Wh)\b| of processor time)")
TIME_HEAD = re.compile(r"\b(?:ms|s|seconds|min|minutes|hours)\b")
PROGRESS = re.compile(r"^.+: [\d,]+(?: of [\d,]+)? \S+ ·")
REPEATED = (
    "run a second time, these cells print something else, so they go on from what they have changed before: each must begin afresh "
    "(make the model that it trains in the same cell)"
)
# A cell whose output is to differ, because it measures the machine, says so by this tag.
MEASURES = "measures-the-machine"


def told_by(cell):
    """The lines of text that a cell's outputs consist of, without what measures the machine; None where all of it does."""
    if MEASURES in cell.metadata.get("tags", []):
        return None
    texts = [
        output["text"] if output["output_type"] == "stream" else output.get("data", {}).get("text/plain", "")
        for output in cell.get("outputs", [])
    ]
    lines = [line.rstrip() for text in texts for line in without_times_of_tables(text.splitlines())]
    return [TIMES.sub("…", line) for line in lines if line and not PROGRESS.search(line)]


def without_times_of_tables(lines):
    """The lines, of tables without the columns that hold times: those whose head names a unit of time."""
    timed = []
    told = []
    for number, line in enumerate(lines):
        if re.fullmatch(r"-+(  +-+)*", line) and number > 0:
            columns = [column.span() for column in re.finditer("-+", line)]
            timed = [(start, end) for start, end in columns if TIME_HEAD.search(lines[number - 1][start:end])]
        elif not line.strip():
            timed = []
        else:
            for start, end in timed:
                line = line[:start] + "…".ljust(end - start) + line[end:]
        told.append(line)
    return told


def difference(first, second):
    """The first line that a second run of a cell printed otherwise; None where there is none."""
    for one, other in zip_longest(first or [], second or []):
        if one != other:
            return f"first:  {one or 'nothing more'}\nsecond: {other or 'nothing more'}"
    return None


def traceback_of(cell):
    return "\n\n".join(
        "\n".join(output["traceback"]) for output in cell.get("outputs", []) if output["output_type"] == "error"
    )


def stderr_of(cell):
    return "".join(
        output["text"]
        for output in cell.get("outputs", [])
        if output["output_type"] == "stream" and output["name"] == "stderr"
    ).strip()


def merge_neighbouring_streams(notebook):
    """A line printed is one message; neighbours on the same stream become one output, as JupyterLab shows them."""
    for cell in notebook.cells:
        merged = []
        for output in cell.get("outputs", []):
            last = merged[-1] if merged else None
            if (
                last is not None
                and output["output_type"] == last["output_type"] == "stream"
                and output["name"] == last["name"]
            ):
                last["text"] += output["text"]
            else:
                merged.append(output)
        if "outputs" in cell:
            cell["outputs"] = merged


def is_number(value):
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


# What the fields of a report may hold; a number that is not finite comes as null.
REPORT_FIELDS = {
    "name": (True, lambda value: isinstance(value, str) and value.strip() != ""),
    "value": (True, lambda value: value is None or is_number(value)),
    "deviation": (False, lambda value: value is None or is_number(value)),
    "unit": (False, lambda value: isinstance(value, str)),
    "split": (False, lambda value: isinstance(value, str)),
    "n": (False, is_number),
    "seed": (False, is_number),
    "seeds": (False, lambda value: isinstance(value, list) and all(is_number(one) for one in value)),
}


def flaw_of(report):
    """Why this is no report that a table can show; None for one that is."""
    if not isinstance(report, dict):
        return "is no object"
    for field, (needed, fits) in REPORT_FIELDS.items():
        if field not in report:
            if needed:
                return f"has no {field}"
        elif not fits(report[field]):
            return f'has an unusable "{field}"'
    return None


def reports(code_cells):
    """The numbers the notebook reports, in the order in which it does; and what is sent as a report and is none."""
    found, left_out = [], []
    for number, (position, cell) in enumerate(code_cells, start=1):
        for output in cell.get("outputs", []):
            data = output.get("data", {}).get(REPORT_MIME)
            for report in data if isinstance(data, list) else [] if data is None else [data]:
                flaw = flaw_of(report)
                if flaw is None:
                    found.append({field: report[field] for field in REPORT_FIELDS if field in report})
                else:
                    left_out.append({"number": number, "position": position, "why": flaw})
    return found, left_out


def well_formed(value):
    """The value with what UTF-8 and JSON can hold: half a surrogate pair becomes U+FFFD, NaN and the infinities null.

    Python reads both from JSON and can write neither; two halves that met when outputs were merged become one character.
    """
    if isinstance(value, str):
        return value.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, dict):
        return {well_formed(key): well_formed(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [well_formed(one) for one in value]
    return value


def write_atomically(path, text):
    path = Path(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(temporary, 0o644)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def write_page(notebook, path):
    """Writes the executed notebook as one HTML file that refers to nothing outside itself."""
    from nbconvert import HTMLExporter  # slow to load, and seldom wanted

    exporter = HTMLExporter(
        template_name="html-page",
        extra_template_basedirs=[os.path.dirname(os.path.abspath(__file__))],
        embed_images=True,
    )
    page, _ = exporter.from_notebook_node(notebook, {"metadata": {"name": Path(path).stem}})
    write_atomically(path, page)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--notebook", required=True)
    parser.add_argument("--output", required=True, help="where the executed notebook is written")
    parser.add_argument("--html", help="where it is written as an HTML page")
    parser.add_argument("--run", help="JSON: what the executed notebook says of this run, beside its date and seconds")
    parser.add_argument("--twice", action="store_true", help="run every cell a second time, and compare")
    parser.add_argument("--cell-timeout", type=int, required=True, help="seconds")
    parser.add_argument("--timeout", type=int, required=True, help="seconds, the whole notebook")
    options = parser.parse_args()

    run = Run(options)
    run.watchdog = Watchdog()

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, lambda *_: run.abandon(130))

    def leave_with_parent():
        # The parent holds the other end of stdin and never writes: the end of file means that it is gone.
        sys.stdin.read()
        run.abandon(130)

    threading.Thread(target=leave_with_parent, daemon=True).start()

    tell("start", cells=len(run.code_cells))
    started = time.monotonic()
    failure = asyncio.run(run.run())
    if options.run is not None and failure is None:
        said = {**json.loads(options.run), "seconds": round(time.monotonic() - started)}
        said["date"] = time.strftime("%Y-%m-%d", time.gmtime())
        run.notebook.metadata["selfsup"] = {**run.notebook.metadata.get("selfsup", {}), "run": said}
    merge_neighbouring_streams(run.notebook)
    for _, cell in run.code_cells:
        cell.outputs = [nbformat.from_dict(well_formed(output)) for output in cell.outputs]
    write_atomically(options.output, nbformat.writes(run.notebook))
    if options.html is not None:
        write_page(run.notebook, options.html)
    found, left_out = reports(run.code_cells)
    result = {"cells": len(run.code_cells), "reports": found, "leftOut": left_out}
    result["peak"] = run.memory.peak if run.memory else 0
    if failure is not None:
        kind, message = failure
        result["failure"] = {"kind": kind, "message": message}
        if run.number > 0 and kind != "set-up":
            position, cell = run.code_cells[run.number - 1]
            result["failure"].update(number=run.number, position=position, source=cell.source)
    tell("end", **result)


if __name__ == "__main__":
    main()
