"""The course for a class on one server: `npm run hub`. README.md says what each variable does."""

import os
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
COURSE = HERE.parents[1]
sys.path.insert(0, str(HERE))

from learner_spawner import LearnerSpawner, TryingSpawner  # noqa: E402

c = get_config()  # noqa: F821
env = os.environ
state = Path(env["SELFSUP_HUB_STATE"])
# Everybody is the user who runs the hub, and one password opens everything.
trying = env.get("SELFSUP_HUB_TRY") == "1"

# The hub and what it must find again after it was killed: who is logged in, which servers run.
port = int(env.get("SELFSUP_HUB_PORT", "8000"))
c.JupyterHub.bind_url = f"http://127.0.0.1:{port}"
c.JupyterHub.hub_bind_url = f"http://127.0.0.1:{port + 1}"
c.ConfigurableHTTPProxy.api_url = f"http://127.0.0.1:{port + 2}"
c.ConfigurableHTTPProxy.command = [
    env["SELFSUP_NODE"],
    str(HERE / "node_modules" / "configurable-http-proxy" / "bin" / "configurable-http-proxy"),
]
c.ConfigurableHTTPProxy.pid_file = str(state / "proxy.pid")
c.JupyterHub.db_url = f"sqlite:///{state / 'hub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(state / "cookie-secret")
c.JupyterHub.pid_file = str(state / "hub.pid")
# Learners' servers go on while the hub is down.
c.JupyterHub.cleanup_servers = False
c.JupyterHub.concurrent_spawn_limit = 4
if env.get("SELFSUP_HUB_SEATS"):
    c.JupyterHub.active_server_limit = int(env["SELFSUP_HUB_SEATS"])

# Who may come in: names, one a line, in learners.txt and teachers.txt of the state folder.
def names(file):
    path = state / file
    lines = path.read_text().splitlines() if path.exists() else []
    return {line.strip() for line in lines if line.strip() and not line.startswith("#")}


c.Authenticator.admin_users = names("teachers.txt")
c.Authenticator.allowed_users = names("learners.txt") | names("teachers.txt")
# A teacher starts and stops servers; nobody opens another's.
c.JupyterHub.load_roles = [
    {
        "name": "idle-culler",
        "scopes": ["list:users", "read:users:activity", "read:servers", "delete:servers"],
        "services": ["idle-culler"],
    },
]
if trying:
    c.JupyterHub.authenticator_class = "shared-password"
    c.SharedPasswordAuthenticator.user_password = env["SELFSUP_HUB_PASSWORD"]

# Idle servers end; what was saved stays.
idle = int(env.get("SELFSUP_HUB_IDLE_SECONDS", "3600"))
# Of a hub that was killed, nothing may stay that would call the next one with an old token.
dies_with_hub = ["setpriv", "--pdeathsig", "TERM"] if shutil.which("setpriv") else []
c.JupyterHub.services = [
    {
        "name": "idle-culler",
        "command": [
            *dies_with_hub,
            sys.executable,
            "-m",
            "jupyterhub_idle_culler",
            f"--timeout={idle}",
            f"--cull-every={max(5, min(300, idle // 4))}",
        ],
    },
]

# A learner's server.
c.Spawner.cmd = [sys.executable, str(HERE / "serve_learner.py")]
c.Spawner.mem_limit = env.get("SELFSUP_HUB_MEMORY", "3G")
if env.get("SELFSUP_HUB_PROCESSORS"):
    c.Spawner.cpu_limit = float(env["SELFSUP_HUB_PROCESSORS"])
c.Spawner.start_timeout = 180
c.Spawner.http_timeout = 120
# A learner's own settings could turn on what the course turns off.
c.Spawner.disable_user_config = True
passed_on = [
    "SELFSUP_DATA",
    "SELFSUP_MAX_STEPS",
    "SELFSUP_PROFILE",
    "SELFSUP_TEXT",
    "CIFAR10_DIR",
    "SST2_DIR",
]
c.Spawner.env_keep = ["PATH", "LANG", "LC_ALL"]
c.Spawner.environment = {
    "SELFSUP_NODE": env["SELFSUP_NODE"],
    "PYTHONNOUSERSITE": "1",
    **({"SELFSUP_HUB_TRY": "1"} if trying else {}),
    **{name: env[name] for name in passed_on if env.get(name)},
}

limited = env.get("SELFSUP_HUB_LIMITS") != "none"
if trying:
    c.JupyterHub.spawner_class = TryingSpawner
    c.TryingSpawner.home_dir_template = str(state / "homes" / "{username}")
elif limited and Path("/run/systemd/system").exists() and shutil.which("systemd-run"):
    c.JupyterHub.spawner_class = "systemd"
    c.SystemdSpawner.isolate_tmp = True
    c.SystemdSpawner.isolate_devices = True
    c.SystemdSpawner.disable_user_sudo = True
    c.SystemdSpawner.readonly_paths = [str(COURSE)]
    c.SystemdSpawner.unit_name_template = "selfsup-{USERNAME}"
else:
    c.JupyterHub.spawner_class = LearnerSpawner
    c.LearnerSpawner.limited = limited
