"""Runs JupyterLab so that it ends with whoever started it, however that ends; its options are JupyterLab's.

The starter holds the other end of standard input and never writes. A process that is killed with -9 runs no handler, but
its pipes are closed: the end of file is read here, and the server then stops as on SIGTERM, its kernels first.
"""

import os
import shutil
import signal
import sys
import threading
import time
from pathlib import Path

# Why a kernel ended, below the cell that ran: kernel_death.py, beside this file.
TELL_DEATHS = "--ServerApp.kernel_websocket_connection_class=kernel_death.DeathTellingConnection"
# Seconds in which the server may end its kernels, each of which it gives 5 s.
SECONDS_TO_STOP = 15


def leave_with_starter():
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(SECONDS_TO_STOP)
    remove_runtime_folder()
    os.kill(os.getpid(), signal.SIGKILL)


def remove_runtime_folder():
    """The folder of this run alone, which its starter can no longer remove."""
    folder = Path(os.environ.get("JUPYTER_RUNTIME_DIR", ""))
    if folder.name.startswith("selfsup-"):
        shutil.rmtree(folder, ignore_errors=True)


def main():
    watch = threading.Thread(target=leave_with_starter, daemon=True)
    watch.start()
    from jupyterlab.labapp import main as lab

    sys.argv.append(TELL_DEATHS)
    try:
        lab()
    finally:
        # Where the starter lives, it removes the folder; asked again since the thread may just have read the end.
        if os.getppid() != STARTER:
            remove_runtime_folder()


STARTER = os.getppid()

if __name__ == "__main__":
    sys.exit(main())
