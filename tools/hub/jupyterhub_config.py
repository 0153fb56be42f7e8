"""What JupyterHub is told. It is started by start.py, which has written the settings of this hub."""

import logging
import os
import shutil
import sys
from pathlib import Path

from tools.hub import limits
from tools.hub.accounts import TEACHER
from tools.hub.authenticator import ClassAuthenticator
from tools.hub.proxy import COMMAND
from tools.hub.settings import load
from tools.hub.spawner import RoomSpawner, unix
from tools.hub.walls import HUB

hub = load()
c = get_config()  # noqa: F821

# It would log the number of each session. A session is opened by another cookie, but nothing is lost.
logging.getLogger("tornado.application").addFilter(lambda record: "xsrf cookie" not in str(record.msg))

c.JupyterHub.bind_url = hub.url
c.JupyterHub.hub_bind_url = c.JupyterHub.hub_connect_url = unix(hub.sockets / "hub" / "hub")
c.JupyterHub.hub_socket_mode = 0o666  # the folders above decide who comes near it
c.JupyterHub.db_url = f"sqlite:///{hub.folder / 'hub.sqlite'}"
c.JupyterHub.cookie_secret_file = str(hub.folder / "cookie-secret")
c.JupyterHub.template_paths = [str(Path(__file__).with_name("templates"))]
c.JupyterHub.template_vars = {"limit": hub.limit}
c.JupyterHub.active_server_limit = hub.limit
c.JupyterHub.shutdown_on_logout = True  # whoever logs out makes room
c.JupyterHub.concurrent_spawn_limit = 0  # they wait for their turn: see spawner.py
c.JupyterHub.last_activity_interval = 60
c.JupyterHub.show_config = False

c.ConfigurableHTTPProxy.api_url = unix(hub.sockets / "proxy")
c.ConfigurableHTTPProxy.command = COMMAND
c.ConfigurableHTTPProxy.pid_file = str(hub.folder / "proxy.pid")
c.ConfigurableHTTPProxy.command_umask = 0o077

c.JupyterHub.authenticator_class = ClassAuthenticator
c.ClassAuthenticator.folder = str(hub.folder)
c.ClassAuthenticator.allow_all = True  # whom it lets in
c.ClassAuthenticator.admin_users = {TEACHER}

c.JupyterHub.spawner_class = RoomSpawner
c.RoomSpawner.limited = limits.kind()
c.RoomSpawner.hub_connect_url = unix(f"{HUB}/hub") if hub.isolation != "none" else None
c.RoomSpawner.env_keep = ["LANG", "LC_ALL", "TZ"]
c.RoomSpawner.ip, c.RoomSpawner.port = "127.0.0.1", 1  # neither is used: see inside.py
c.RoomSpawner.default_url = "/lab/tree/notebooks"
c.RoomSpawner.disable_user_config = True
c.RoomSpawner.start_timeout, c.RoomSpawner.http_timeout = 600, 60  # many may wait for their turn
c.RoomSpawner.interrupt_timeout = c.RoomSpawner.term_timeout = 5
c.RoomSpawner.poll_interval = 10

# A server is idle when nothing came through the proxy: closed lids. Kernels that compute nothing end by
# themselves, also in an open tab, and a server without kernels too (spawner.py).
CULL = ["--cull-every=60", f"--timeout={60 * hub.idle}", f"--url={hub.url}/hub/api"]
CULL = [sys.executable, "-m", "jupyterhub_idle_culler", *CULL]
if shutil.which("setpriv"):  # it ends with the hub, however that ends
    CULL = ["setpriv", "--pdeathsig", "TERM", *CULL]
c.JupyterHub.services = [{"name": "idle", "command": CULL, "cwd": os.sep}]
SCOPES = ["list:users", "read:users:activity", "read:servers", "delete:servers"]
c.JupyterHub.load_roles = [{"name": "idle", "scopes": SCOPES, "services": ["idle"]}]
