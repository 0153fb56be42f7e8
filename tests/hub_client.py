"""A student at a browser, for the tests of the hub: signs in, starts a server, runs code in a kernel."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from pathlib import Path

import requests
import websocket

from helpers.settings import ROOT


def free_port():
    """A port that nobody listens at."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Student:
    """Somebody with cookies of their own."""

    def __init__(self, url, name, password):
        self.url, self.name, self.password = url, name, password
        self.http = requests.Session()
        self.http.trust_env = False
        self.home = f"{url}/user/{name}"

    def xsrf(self, path="/hub/"):
        """The token that a form of the hub, or of a server, must bring back."""
        return next((c.value for c in self.http.cookies if c.name == "_xsrf" and c.path == path), "")

    def sign_in(self, code="", **other):
        """Fill in the form; gives the answer, before it leads on to a server."""
        self.http.get(f"{self.url}/hub/login")
        form = {"username": self.name, "password": self.password, "code": code, "_xsrf": self.xsrf()} | other
        return self.http.post(f"{self.url}/hub/login", data=form, allow_redirects=False)

    def start(self, seconds=120):
        """Ask for a server, and wait until it answers. Gives the page that says no, if one does."""
        page = self.http.get(f"{self.url}/hub/spawn")
        last = time.monotonic() + seconds
        while page.status_code < 400 and time.monotonic() < last:
            page = self.http.get(f"{self.home}/lab")
            if page.url.startswith(f"{self.home}/") and page.status_code == 200:
                return page
            time.sleep(0.5)
        return page

    def stop(self):
        """Stop the server, as on the control panel."""
        headers = {"X-XSRFToken": self.xsrf(), "Referer": f"{self.url}/hub/home"}
        return self.http.delete(f"{self.url}/hub/api/users/{self.name}/server", headers=headers)

    def api(self, method, path, **more):
        """A request to the own server."""
        headers = {"X-XSRFToken": self.xsrf(f"/user/{self.name}/")}
        return self.http.request(method, f"{self.home}/api/{path}", headers=headers, **more)

    def kernel(self):
        """Start a kernel; gives its connection."""
        answer = self.api("POST", "kernels", json={"name": "python3", "path": "notebooks"})
        answer.raise_for_status()
        return Kernel(self, answer.json()["id"])


class Kernel:
    """A kernel, at the other end of a websocket that stays open."""

    def __init__(self, student, number):
        self.id, place = number, f"{student.home}/api/kernels/{number}/channels"
        cookies = student.http.prepare_request(requests.Request("GET", place)).headers["Cookie"]
        place = place.replace("http", "ws", 1) + f"?_xsrf={student.xsrf(f'/user/{student.name}/')}"
        self.socket = websocket.create_connection(place, cookie=cookies, timeout=120)

    def run(self, code, seconds=120):
        """Run code; gives what it printed, and the name of an error if there was one."""
        number, said, last = uuid.uuid4().hex, [], time.monotonic() + seconds
        header = {"msg_id": number, "msg_type": "execute_request", "username": "", "session": number}
        content = {"code": code, "silent": False, "store_history": False, "allow_stdin": False}
        message = {"header": header | {"version": "5.3"}, "parent_header": {}, "metadata": {}}
        self.socket.send(json.dumps(message | {"content": content, "channel": "shell"}))
        while time.monotonic() < last:
            told = json.loads(self.socket.recv())
            kind, content = told["msg_type"], told["content"]
            if kind == "status" and content["execution_state"] in ("restarting", "dead"):
                return "".join(said) + "the kernel died"
            if told["parent_header"].get("msg_id") != number:
                continue
            if kind == "stream":
                said.append(content["text"])
            elif kind == "error":
                said.append(f"{content['ename']}: {content['evalue']}")
            elif kind == "status" and content["execution_state"] == "idle":
                return "".join(said).strip()
        return "".join(said) + "no answer"


class Room:
    """A hub that was started with `python -m tools.hub.start`, as `make hub` does it."""

    def __init__(self, folder, port, *options):
        self.folder, self.url = Path(folder), f"http://127.0.0.1:{port}"
        self.options = [str(folder), "--address", "127.0.0.1", "--port", str(port), *options]
        self.said = ""

    def command(self):
        """The command, for a shell or for subprocess."""
        return [sys.executable, "-m", "tools.hub.start", *self.options]

    def open(self, seconds=120):
        """Start it; wait until it says its class code."""
        environment = os.environ | {"PYTHONPATH": str(ROOT)}
        self.process = subprocess.Popen(
            self.command(), env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        for line in self.process.stdout:
            self.said += line
            if line.startswith("Ctrl-C"):
                break
        assert "class code" in self.said, self.said + self.log()[-3000:]
        self.code = (self.folder / "class-code.txt").read_text().strip()
        return self

    def log(self):
        """All that hub, proxy and servers have logged."""
        path = self.folder / "hub.log"
        return path.read_text(errors="replace") if path.is_file() else ""

    def student(self, name, password="correct horse", code=None):
        """A student who has an account, is signed in, and has a server."""
        student = Student(self.url, name, password)
        answer = student.sign_in(self.code if code is None else code)
        assert answer.status_code == 302, answer.text
        page = student.start()
        assert page.status_code == 200, page.text + self.log()[-3000:]
        return student

    def close(self, seconds=90):
        """Ctrl-C."""
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGINT)
        self.said += self.process.communicate(timeout=seconds)[0]
        return self.process.returncode
