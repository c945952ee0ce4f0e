"""A learner's server, started by the hub as the learner: brings the copies of the notebooks, then serves JupyterLab with the
course's own settings, its kernels on sockets that only the learner can open."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

COURSE = Path(__file__).resolve().parents[2]


def refuse_root():
    if os.geteuid() == 0 and os.environ.get("SELFSUP_HUB_TRY") != "1":
        sys.exit("A learner's server does not run as root; give each learner a system user.")


def prepare():
    """Makes the learner's folder; returns it and JupyterLab's options."""
    node = os.environ["SELFSUP_NODE"]
    script = str(COURSE / "teaching" / "jupyterhub" / "prepare-learner.mjs")
    done = subprocess.run([node, script], stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout)


def main():
    refuse_root()
    # Many systems make homes that everybody can list.
    os.umask(0o077)
    os.chmod(Path.home(), 0o700)
    prepared = prepare()
    shared = COURSE / ".venv" / "share" / "jupyter"
    # Short, for the path of a socket may have 107 bytes.
    runtime = tempfile.mkdtemp(prefix=f"selfsup-{os.getpid()}-", dir="/tmp")
    os.environ["JUPYTER_RUNTIME_DIR"] = runtime
    os.environ["JUPYTER_PATH"] = str(shared)
    os.environ["SELFSUP_KERNEL_TRANSPORT"] = "ipc"
    os.chdir(prepared["folder"])
    sys.path.insert(0, str(COURSE / "tools" / "start"))
    sys.argv[1:] = [
        *prepared["options"],
        f"--LabApp.app_settings_dir={shared / 'lab' / 'settings'}",
        # Why a kernel ended, below the cell that ran.
        "--ServerApp.kernel_websocket_connection_class=kernel_death.DeathTellingConnection",
        *sys.argv[1:],
    ]
    from jupyterhub.singleuser import main as serve

    try:
        serve()
    finally:
        shutil.rmtree(runtime, ignore_errors=True)


if __name__ == "__main__":
    main()
