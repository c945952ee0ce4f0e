"""Why a kernel ended by itself, as far as the system tells: for the course's driver and for JupyterLab's server."""

import signal
import threading
from pathlib import Path

import psutil


class MemoryMeter(threading.Thread):
    """Largest resident memory of a process and its descendants, in bytes, looked at five times a second."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.root = psutil.Process(pid)
        self.peak = 0
        self.ended = threading.Event()

    def run(self):
        while not self.ended.wait(0.2):
            self.look()

    def look(self):
        total = 0
        try:
            for process in [self.root, *self.root.children(recursive=True)]:
                try:
                    total += process.memory_info().rss
                except psutil.Error:
                    pass
        except psutil.Error:
            return
        self.peak = max(self.peak, total)


def kills_for_memory():
    """How many processes Linux has ended for want of memory, in this container and on this machine; 0 elsewhere."""
    count = 0
    for path in ("/sys/fs/cgroup/memory.events", "/proc/vmstat"):
        try:
            lines = Path(path).read_text(encoding="ascii").splitlines()
        except OSError:
            continue
        count += sum(int(line.split()[1]) for line in lines if line.startswith("oom_kill "))
    return count


def signal_name(number):
    """SIGKILL for 9; most real-time signals have no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def reason_of_end(code, kills_before):
    """The kind of end, and a sentence about it.

    code: what the process left behind, negative for a signal; None where it is not known.
    kills_before: what `kills_for_memory` gave while the kernel lived.
    """
    if code is not None and code < 0:
        name = signal_name(-code)
        if name == "SIGKILL" and kills_for_memory() > kills_before:
            return ("memory", "the system had no more memory and ended the kernel (SIGKILL)")
        why = "; the system may have run out of memory" if name == "SIGKILL" else ""
        return ("kernel", f"the kernel was ended by {name}{why}")
    return ("kernel", f"the kernel ended by itself (exit code {code})")
