"""Limits of a group of processes, by the control groups of Linux: version 2, and version 1 on older systems."""

import os
import signal
import time
from pathlib import Path

MOUNT = Path("/sys/fs/cgroup")
# All learners together; each has a group of this one.
PARENT = "selfsup-hub"
# Against what else runs on the server, all learners together are as many ordinary processes.
TOGETHER = 8


class LimitsUnavailable(Exception):
    """This machine, or this user, cannot limit processes."""


def _write(path, value):
    path.write_text(f"{value}\n")


def _is_version_2():
    return (MOUNT / "cgroup.controllers").exists()


class ControlGroup:
    """One learner's processes: at most `memory` bytes, `processes` of them and `processors`; when the machine is busy, each
    learner gets as much of it as every other."""

    def __init__(self, name, memory=None, processes=None, processors=None):
        self.memory = memory
        self.processes = processes
        self.processors = processors
        controllers = [""] if _is_version_2() else ["memory", "cpu", "pids"]
        self.folders = [MOUNT / controller / PARENT / name for controller in controllers]

    def make(self):
        """Makes the group, or sets its limits anew. Raises LimitsUnavailable."""
        try:
            if _is_version_2():
                self._make_version_2()
            else:
                self._make_version_1()
        except OSError as error:
            raise LimitsUnavailable(
                f"Control groups cannot be written ({error}); expected root and a writable {MOUNT}. Use systemd's spawner, or run "
                "the hub with SELFSUP_HUB_LIMITS=none, without limits of memory and processor."
            ) from error

    def _make_version_2(self):
        (folder,) = self.folders
        folder.mkdir(parents=True, exist_ok=True)
        for above in (MOUNT, folder.parent):
            _write(above / "cgroup.subtree_control", "+memory +cpu +pids")
        _write(folder.parent / "cpu.weight", 100 * TOGETHER)
        _write(folder / "memory.max", self.memory or "max")
        if (folder / "memory.swap.max").exists():
            _write(folder / "memory.swap.max", 0)
        _write(folder / "pids.max", self.processes or "max")
        _write(folder / "cpu.weight", 100)
        quota = "max" if self.processors is None else int(self.processors * 100_000)
        _write(folder / "cpu.max", f"{quota} 100000")

    def _make_version_1(self):
        memory, cpu, pids = self.folders
        for folder in self.folders:
            folder.mkdir(parents=True, exist_ok=True)
        _write(cpu.parent / "cpu.shares", 1024 * TOGETHER)
        _write(memory / "memory.limit_in_bytes", self.memory or -1)
        _write(pids / "pids.max", self.processes or "max")
        _write(cpu / "cpu.shares", 1024)
        quota = -1 if self.processors is None else int(self.processors * 100_000)
        _write(cpu / "cpu.cfs_quota_us", quota)

    def join(self):
        """Puts this process into the group, and with it what it starts."""
        for folder in self.folders:
            _write(folder / "cgroup.procs", os.getpid())

    def members(self):
        """Numbers of its processes."""
        try:
            return [int(line) for line in (self.folders[0] / "cgroup.procs").read_text().split()]
        except FileNotFoundError:
            return []

    def remove(self, patience=5):
        """Kills what is left in the group and removes it."""
        end = time.monotonic() + patience
        while members := self.members():
            for process in members:
                try:
                    os.kill(process, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            if time.monotonic() > end:
                break
            time.sleep(0.05)
        for folder in self.folders:
            try:
                folder.rmdir()
            except OSError:
                # It was never made, or a killed process has not left it yet; it is made and limited again at the next start.
                pass
