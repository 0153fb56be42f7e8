"""A room of its own for a submission: a kernel without a network that sees little and gets little.

bubblewrap makes it: no network, nothing of the disk but Python, helpers/ and data/ (none of them to be
written), a process table and a temporary folder of its own. Where root marks, the kernel is another user.
"""

import contextlib
import json
import os
import secrets
import select
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from queue import Empty

import zmq
from jupyter_client import BlockingKernelClient

from helpers.settings import ROOT

MEMORY, PROCESSES, FILE_SIZE, TEMPORARY = 4096, 400, 50, 200  # MB, number, MB, MB
APART = [f"--unshare-{what}" for what in ("ipc", "pid", "net", "uts", "cgroup-try")]
LONGEST_MESSAGE = 256 << 20  # bytes that are taken from a kernel at once
KEPT, ENOUGH = 100_000, 5_000_000  # characters of a cell's output: kept, and where it is stopped
PASSED_ON = ("COURSE_OFFLINE", "COURSE_MNIST", "COURSE_BACKBONE", "COURSE_VGG16", "LANG")


class Ended(Exception):
    """The kernel is gone, and why."""


def isolation():
    """How submissions are kept apart here: "bubblewrap", or None where it is missing or may not be used."""
    if not shutil.which("bwrap"):
        return None
    result = subprocess.run(["bwrap", *APART, "--ro-bind", "/", "/", "true"], capture_output=True)
    return "bubblewrap" if result.returncode == 0 else None


def environment(course, home, line):
    """The variables of a kernel: none of the teacher's own."""
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    own = {"HOME": home, "PATH": f"{sys.prefix}/bin:/usr/bin:/bin", "PYTHONPATH": course, "MPLBACKEND": "agg"}
    own |= {"COURSE_LINE": line}
    threads = {"OMP_NUM_THREADS": "1", "TF_NUM_INTRAOP_THREADS": "1", "TF_NUM_INTEROP_THREADS": "1"}
    quiet = {"TF_CPP_MIN_LOG_LEVEL": "3", "PYTHONDONTWRITEBYTECODE": "1", "OPENBLAS_NUM_THREADS": "1"}
    return {"COURSE_OFFLINE": "1"} | kept | own | threads | quiet


def walls(sockets):
    """What bubblewrap is told: the room, from an empty one up."""
    words = [*APART, "--die-with-parent", "--new-session", "--hostname", "room"]
    if os.getuid() == 0:  # to become another user, and then nothing
        words += ["--cap-drop", "ALL", "--cap-add", "CAP_SETUID", "--cap-add", "CAP_SETGID"]
    else:
        words += ["--unshare-user"]
    words += ["--proc", "/proc", "--dev", "/dev", "--size", str(TEMPORARY << 20), "--tmpfs", "/tmp"]
    for name in ("bin", "sbin", "lib", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            words += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir():
            words += ["--ro-bind", str(path), str(path)]
    seen = ["/usr", "/etc/ld.so.cache", "/etc/localtime", sys.base_prefix, sys.prefix]
    above = [
        parent for path in (*seen, "/course/x") for parent in Path(path).parents if len(parent.parts) > 1
    ]
    for parent in sorted(set(above)):  # made here, empty, and open to the other user
        words += ["--perms", "0755", "--dir", str(parent)]
    for path in dict.fromkeys(seen):
        words += ["--ro-bind-try", path, path]
    for name in ("helpers", "data"):
        words += ["--ro-bind", str(ROOT / name), f"/course/{name}"]
    words += ["--ro-bind", str(Path(__file__).with_name("inside.py")), "/course/inside.py"]
    words += ["--size", str(TEMPORARY << 20), "--tmpfs", "/course/assignment"]
    return [*words, "--bind", sockets, "/sockets", "--chdir", "/course/assignment"]


class Room:
    """A kernel in its room, as a context manager. ``isolated=False``: limits only, and no walls."""

    def __init__(self, isolated=True):
        self.isolated = isolated

    def __enter__(self):
        self.folder = tempfile.mkdtemp(prefix="marking-")
        user = 64_000 + os.getpid() % 1_000
        sockets, course, home = "/sockets", "/course", "/tmp"
        if not self.isolated:
            sockets = course = home = self.folder
            user = 0
            for name in ("helpers", "data"):
                Path(self.folder, name).symlink_to(ROOT / name)
            shutil.copy(Path(__file__).with_name("inside.py"), self.folder)
        elif os.getuid() == 0:
            os.chown(self.folder, user, user)
        processes = PROCESSES if self.isolated else -1  # there it would count all of the user's own
        limits = [str(number) for number in (user, MEMORY, processes, FILE_SIZE)]
        ports = dict(zip(("shell", "iopub", "stdin", "control", "hb"), range(1, 6), strict=True))
        info = {f"{name}_port": port for name, port in ports.items()} | {"transport": "ipc"}
        info |= {"key": secrets.token_hex(), "signature_scheme": "hmac-sha256"}
        file = Path(self.folder, "connection.json")
        file.write_text(json.dumps(info | {"ip": f"{sockets}/k"}), encoding="utf-8")
        file.chmod(0o644)
        command = [sys.executable, f"{course}/inside.py", f"{sockets}/connection.json", *limits]
        self.line, self.listener = None, socket.socket(socket.AF_UNIX)
        self.listener.bind(f"{self.folder}/line")
        self.listener.listen()
        os.chmod(f"{self.folder}/line", 0o666)
        self.said = tempfile.TemporaryFile()
        words, told = os.pipe()  # what bubblewrap is told names folders: it is not to be seen within
        if self.isolated:
            os.write(told, "\0".join(walls(self.folder)).encode())
            command = ["bwrap", "--args", str(words), "--", *command]
        os.close(told)
        self.process = subprocess.Popen(
            command,
            pass_fds=(words,) if self.isolated else (),
            env=environment(course, home, f"{sockets}/line"),
            cwd=self.folder,
            stdin=subprocess.DEVNULL,
            stdout=self.said,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        os.close(words)
        self.context = zmq.Context()
        self.context.setsockopt(zmq.MAXMSGSIZE, LONGEST_MESSAGE)
        self.client = BlockingKernelClient(context=self.context)
        self.client.load_connection_info(info | {"ip": f"{self.folder}/k"})
        self.client.start_channels(hb=False)
        self.wait_for_start()
        return self

    def __exit__(self, *_):
        self.end()
        self.hang_up()
        self.listener.close()
        self.client.stop_channels()
        self.context.destroy(linger=0)
        self.said.close()
        shutil.rmtree(self.folder, ignore_errors=True)

    def end(self):
        """End the kernel and all that it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, 9)
        self.process.wait()

    def wait_for_start(self, seconds=120):
        """Wait until the kernel answers; RuntimeError with what it said if it does not."""
        last = time.monotonic() + seconds
        while time.monotonic() < last and self.process.poll() is None:
            self.client.kernel_info()
            with contextlib.suppress(Empty):
                self.client.get_shell_msg(timeout=1)
                return
        self.end()
        self.said.seek(0)
        raise RuntimeError(f"no kernel could be started: {self.said.read()[-500:].decode(errors='replace')}")

    def check(self):
        """Ended if the kernel died, or wrote where only its sockets should be."""
        if self.process.poll() is not None:
            raise Ended("The program was ended: it stopped by itself, or used more memory than is allowed.")
        if self.isolated and sum(path.lstat().st_size for path in Path(self.folder).iterdir()) > 1 << 20:
            self.end()
            raise Ended("The program was ended: it wrote where it should not.")

    def run(self, code, last, on_question=None):
        """Run a cell until a time of the clock, and give its outputs. Ended if the kernel does not live on.

        ``on_question`` is called with each line that comes from the room, and gives the line that goes there.
        """
        messages = Messages(self.client.execute(code, allow_stdin=False))
        try:
            self.follow(messages, last, on_question)
        finally:
            self.hang_up()
        if not messages.idle:  # a message above the limit has cut the connection: a new one
            messages.note("It printed too much at once: that is left out.")
            self.client.iopub_channel.stop()
            self.client._iopub_channel = None
            self.client.iopub_channel.start()
        return messages.outputs

    def follow(self, messages, last, on_question):
        """Take what a cell says until it is done; stop it if it takes too long or says too much."""
        interrupted = done = None
        while not messages.idle and not (done and time.monotonic() > done + 2):
            self.check()
            if on_question:
                self.answer(on_question, last)
            found = messages.collect(self.client, 0 if on_question else 0.05)
            if messages.replied and not found and not done:
                done = time.monotonic()
            late, loud = time.monotonic() > last, messages.size > ENOUGH and not messages.replied
            if (late or loud) and interrupted is None:
                messages.note("Stopped: it took too long." if late else "Stopped: it printed too much.")
                interrupted = time.monotonic()
                self.client.control_channel.send(self.client.session.msg("interrupt_request", {}))
            elif interrupted and time.monotonic() > interrupted + 5:
                self.end()
                raise Ended("The program was ended: it could not be stopped otherwise.")

    def answer(self, on_question, last):
        """Answer what comes over the line, as long as something comes."""
        while time.monotonic() < last and select.select([self.line or self.listener], [], [], 0.02)[0]:
            if self.line is None:
                self.line = self.listener.accept()[0]
                self.line.settimeout(5)
                self.lines = self.line.makefile("rb")
            try:
                text = self.lines.readline(LONGEST_MESSAGE)
                if not text.endswith(b"\n"):
                    raise ConnectionError
                self.line.sendall(on_question(text.decode()).encode() + b"\n")
            except OSError:  # it hung up, or stopped in the middle
                self.hang_up()
                return

    def hang_up(self):
        """Close the line, if there is one."""
        if self.line is not None:
            self.lines.close()
            self.line.close()
            self.line = None


class Messages:
    """What a kernel sends about one cell."""

    def __init__(self, request):
        self.request, self.outputs, self.size = request, [], 0
        self.idle = self.replied = False

    def note(self, words):
        """Add an error that the learner sees."""
        self.outputs.append(error("Stopped", words))

    def collect(self, client, seconds):
        """Take what is there, or comes within some seconds; False if there was nothing."""
        found = False
        with contextlib.suppress(Empty):
            reply = client.get_shell_msg(timeout=0)
            self.replied = self.replied or reply["parent_header"].get("msg_id") == self.request
        with contextlib.suppress(Empty):
            message = client.get_iopub_msg(timeout=seconds)
            found = True
            if message["parent_header"].get("msg_id") == self.request:
                self.add(message["msg_type"], message["content"])
        return found

    def add(self, kind, content):
        """Keep an output, as text or as a picture: nothing that would run in the teacher's browser."""
        if kind == "status":
            self.idle = content["execution_state"] == "idle"
        elif kind == "stream":
            self.keep(str(content["text"]), lambda text: stream(text))
        elif kind == "error":
            lines = [str(line)[:2000] for line in content["traceback"][:60]]
            self.outputs.append(error(str(content["ename"])[:200], str(content["evalue"])[:2000], lines))
        elif kind in ("display_data", "execute_result"):
            self.keep(str(content["data"].get("text/plain", "")), lambda text: stream(text + "\n"))

    def keep(self, text, make):
        """Keep the beginning of a text that may be long."""
        room = KEPT - self.size
        self.size += len(text)
        if room > 0:
            cut = "\n... and more, which is left out.\n" if len(text) > room else ""
            self.outputs.append(make(text[:room] + cut))


def stream(text):
    """An output of text, as notebooks have it."""
    return {"output_type": "stream", "name": "stdout", "text": text}


def error(name, words, lines=None):
    """An output of an error, as notebooks have it."""
    return {"output_type": "error", "ename": name, "evalue": words, "traceback": lines or [words]}
