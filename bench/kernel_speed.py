"""Start and cell of this kernel, the stock tslab and ipykernel, in turn, on one machine.

    .venv/bin/python bench/kernel_speed.py [rounds]

For each: seconds until the kernel answers, until its first cell has been answered, milliseconds of a cell (median of 30);
processor time of the process for the start and for a cell, which other programs disturb less; MB of resident memory.
"""

import json
import statistics
import sys
import time
from pathlib import Path

import psutil
from jupyter_client.kernelspec import KernelSpec
from jupyter_client.manager import KernelManager

ROOT = Path(__file__).resolve().parent.parent
CONNECTION = "{connection_file}"
KERNELS = {
    "tslab-kernel": json.loads(Path(sys.prefix, "share/jupyter/kernels/tslab/kernel.json").read_text())["argv"],
    "tslab": ["node", str(ROOT / "node_modules/tslab/bin/tslab"), "kernel", "--config-path", CONNECTION],
    "ipykernel": [sys.executable, "-m", "ipykernel_launcher", "-f", CONNECTION],
}


def measure(argv):
    manager = KernelManager()
    manager._kernel_spec = KernelSpec(argv=argv, display_name="measured")
    began = time.monotonic()
    manager.start_kernel(cwd=str(ROOT / "notebooks"))
    client = manager.client()
    client.start_channels()
    try:
        client.wait_for_ready(timeout=120)
        ready = time.monotonic() - began
        client.execute_interactive("1 + 1", output_hook=lambda _: None, timeout=120)
        first = time.monotonic() - began
        process = psutil.Process(manager.provisioner.pid)
        used = sum(process.cpu_times()[:2])
        cells = []
        for number in range(30):
            sent = time.monotonic()
            client.execute_interactive(f"{number} + 1", output_hook=lambda _: None, timeout=120)
            cells.append(1000 * (time.monotonic() - sent))
        each = 1000 * (sum(process.cpu_times()[:2]) - used) / len(cells)
        memory = process.memory_info().rss / 1e6
        return ready, first, statistics.median(cells), used, each, memory
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)


def main():
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 5
    found = {name: [] for name in KERNELS}
    for _ in range(rounds):
        for name, argv in KERNELS.items():
            found[name].append(measure(argv))
    print("kernel        answers s  first cell s  a cell ms  processor: start s  a cell ms   MB")
    for name, values in found.items():
        ready, first, cell, used, each, memory = (statistics.median(column) for column in zip(*values))
        print(f"{name:13} {ready:9.2f} {first:13.2f} {cell:10.1f} {used:19.2f} {each:10.1f} {memory:4.0f}")


if __name__ == "__main__":
    main()
