"""How a student's server is started, found again after a crash, and ended: see walls.py and inside.py."""

import asyncio
import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path
from urllib.parse import quote

import psutil
from jupyterhub.spawner import LocalProcessSpawner, Spawner
from traitlets import Unicode

from helpers.settings import ROOT
from tools.hub import accounts, limits, settings
from tools.hub.walls import walls

EACH_PROCESS = 4096  # MB of data for one process, where a student's processes cannot be limited together
PROFILE = ("COURSE_MNIST", "COURSE_BACKBONE", "COURSE_VGG16", "COURSE_OFFLINE")
PATIENCE = 30  # seconds that a server which does not answer keeps others waiting
AT_ONCE = asyncio.Semaphore(2 * (os.cpu_count() or 1))  # more servers that start only hinder each other


def unix(path):
    """The address of a Unix socket, as JupyterHub and its proxy write it."""
    return f"http+unix://{quote(str(path), safe='')}"


class RoomSpawner(LocalProcessSpawner):
    """Servers of students, each in a room of its own."""

    limited = Unicode(help="How memory is limited: see limits.py.", allow_none=True).tag(config=True)

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.hub_settings = settings.load()
        self.apart = self.hub_settings.isolation != "none"
        self.home = self.hub_settings.folder / "homes" / self.user.name if self.user else None

    @property
    def socket(self):
        """The Unix socket of a student's server. No student sees the folder that it lies in."""
        return self.hub_settings.sockets / "s" / self.user.name

    @property
    def server(self):
        """As JupyterHub has it, with the address that its database has no column for."""
        server = super().server
        if server is not None and not server.connect_url:
            server.connect_url = unix(self.socket)
        return server

    @server.setter
    def server(self, server):
        Spawner.server.fset(self, server)

    @property
    def lab(self):
        """Where a student's server finds JupyterLab's settings."""
        return "/course/settings" if self.apart else str(self.hub_settings.folder / "course" / "settings")

    def user_env(self, env):
        """The variables of a room: none of the teacher's own."""
        threads, inside = str(self.hub_settings.threads), self.apart
        home, course = (f"/home/{self.user.name}", "/course") if inside else (str(self.home), str(ROOT))
        kept = {name: os.environ[name] for name in PROFILE if os.environ.get(name)}
        env |= {"COURSE_OFFLINE": "1"} | kept
        env |= {"USER": self.user.name, "HOME": home, "SHELL": "/bin/bash", "PYTHONPATH": course}
        env |= {"PATH": f"{sys.prefix}/bin:/usr/bin:/bin", "PYTHONDONTWRITEBYTECODE": "1"}
        for library in ("OMP", "OPENBLAS", "TF_INTRAOP", "TF_INTEROP"):
            env[f"{library.replace('TF_', 'TF_NUM_')}{'' if 'TF' in library else '_NUM'}_THREADS"] = threads
        env |= {"JUPYTER_CONFIG_PATH": self.lab}
        return env | {"PYTHONNOUSERSITE": "1", "TF_CPP_MIN_LOG_LEVEL": "2"}

    def arguments(self):
        """What Jupyter's server is told."""
        seconds = 60 * self.hub_settings.idle
        root = ["--ServerApp.allow_root=True"] if not self.apart else []
        return [
            *root,
            f"--LabApp.app_settings_dir={self.lab}",
            "--LabApp.extension_manager=readonly",
            "--KernelManager.transport=ipc",
            f"--MappingKernelManager.cull_idle_timeout={seconds}",
            "--MappingKernelManager.cull_interval=60",
            "--MappingKernelManager.cull_connected=True",
            f"--TerminalManager.cull_inactive_timeout={seconds}",
            f"--ServerApp.shutdown_no_activity_timeout={seconds}",
        ]

    def command(self, user, listener):
        """The command within the room."""
        course = Path("/course") if self.apart else Path(__file__).parent
        notebooks = course if self.apart else self.hub_settings.folder / "course"
        told = {"socket": listener, "arguments": self.arguments()}
        told |= {"processes": limits.processes() if self.apart else 0}
        told |= {"chapters": str(notebooks / "notebooks")}
        told |= {"data": "/course/data" if self.apart else str(ROOT / "data")}
        told |= {"user": user if self.apart and os.getuid() == 0 else 0}
        told |= {"home": f"/home/{self.user.name}" if self.apart else str(self.home)}
        told |= {"memory": self.hub_settings.memory if self.limited else EACH_PROCESS}
        return [sys.executable, str(course / "inside.py"), json.dumps(told)]

    def listen(self):
        """Make the socket that the server gets: it cannot put another in its place."""
        self.socket.unlink(missing_ok=True)
        listener = socket.socket(socket.AF_UNIX)
        listener.bind(str(self.socket))
        self.socket.chmod(0o600)
        listener.listen(128)
        return listener

    def popen(self, user):
        """Start the server; what it inherits is closed here."""
        self.home.mkdir(mode=0o700, parents=True, exist_ok=True)
        if self.apart and os.getuid() == 0:
            os.chown(self.home, user, user)
        name = self.user.name
        people = f"root:x:0:0::/:/bin/false\n{name}:x:{user}:{user}::/home/{name}:/bin/bash\n"
        with contextlib.ExitStack() as stack:
            listener = stack.enter_context(self.listen())
            inherited = [listener.fileno()]
            command = self.command(user, listener.fileno())
            if self.apart:
                passwd = stack.enter_context(told(people))
                words = "\0".join(walls(self.hub_settings.folder, name, self.home, passwd.fileno()))
                room = stack.enter_context(told(words))
                inherited += [passwd.fileno(), room.fileno()]
                command = ["bwrap", "--args", str(room.fileno()), "--", *command]
            return subprocess.Popen(
                limits.prefix(name, self.hub_settings.memory, self.limited) + command,
                env=self.get_env(),
                pass_fds=inherited,
                cwd="/" if self.apart else self.home,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    async def start(self):
        """Start the server, when its turn comes, and wait until it answers."""
        async with AT_ONCE:
            user = accounts.read(self.hub_settings.folder / "accounts.json")[self.user.name]["user"]
            self.proc = self.popen(user if os.getuid() == 0 else os.getuid())
            self.pid = self.proc.pid
            answer = asyncio.ensure_future(
                self.server.wait_up(http=True, timeout=self.start_timeout, extra_path="api")
            )
            await self.wait(answer, PATIENCE)
        await self.wait(answer, self.start_timeout)
        if not answer.done():
            answer.cancel()
            raise RuntimeError(
                f"the server of {self.user.name} ended at its start: see .server.log in its home"
            )
        await answer
        return unix(self.user.name)

    async def wait(self, answer, seconds):
        """Wait for an answer of the server, or its end, for some time."""
        last = time.monotonic() + seconds
        while not answer.done() and self.proc.poll() is None and time.monotonic() < last:
            await asyncio.wait([answer], timeout=0.5)

    # Ending, and finding again

    def get_state(self):
        """Process and when it began: a number alone may belong to another process by then."""
        state = super().get_state()
        with contextlib.suppress(psutil.Error):
            state["begun"] = psutil.Process(self.pid).create_time() if self.pid else 0
        return state

    def load_state(self, state):
        """Take a process that still runs after a restart of the hub, but no other that has its number now."""
        super().load_state(state)
        try:
            if abs(psutil.Process(self.pid).create_time() - state.get("begun", 0)) > 1:
                self.pid = 0
        except psutil.Error:
            self.pid = 0

    async def _signal(self, sig):
        """Signal the server itself; to kill it, the first process of its room, with which all others end."""
        if not sig:
            return await super()._signal(sig)
        try:
            process, chain = psutil.Process(self.pid), []
            while process:
                chain.append(process)
                children = process.children() if process.name() == "bwrap" else []
                process = children[0] if children else None
            if sig == signal.SIGKILL:
                rest = chain[0].children(recursive=True)
                for victim in [*chain[1:], chain[0], *rest]:
                    with contextlib.suppress(psutil.NoSuchProcess):
                        victim.kill()
            else:
                chain[-1].send_signal(sig)
        except psutil.NoSuchProcess:
            return False
        return True

    async def stop(self, now=False):
        """End the server and all that it started."""
        await super().stop(now)
        if self.limited == "cgroups":
            await asyncio.sleep(0.5)  # until the system has let go of the processes
            limits.forget(self.user.name)
        with contextlib.suppress(OSError):
            self.socket.unlink()


@contextlib.contextmanager
def told(text):
    """A file in memory with a text, to be read from its beginning by a process that inherits it."""
    with open(os.memfd_create("told"), "w+b", buffering=0) as file:
        file.write(text.encode())
        file.seek(0)
        yield file
