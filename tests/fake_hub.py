"""A hub in a hundred lines: login, OAuth, a server that starts, contents, sessions, a kernel on a websocket.

It refuses, delays and breaks on demand, so that the load test can be held against what is known.
"""

import asyncio
import json
import uuid

import tornado.web
import tornado.websocket
from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook
from tornado.httpserver import HTTPServer
from tornado.testing import bind_unused_port

RIGHT = {"password": "right", "code": "code"}
PROTOCOL = "v1.kernel.websocket.jupyter.org"
FORM = '<form action="/hub/login?next=%2Fhub%2Fspawn" method="post">'
FORM += '<input type="hidden" name="_xsrf" value="{}"/>'
FORM += '<input name="username"><input type="password" name="password"></form>'
PENDING = '<script>var source = new EventSource("/hub/api/users/{0}/server/progress?_xsrf=hub-{0}");</script>'


class FakeHub:
    """The hub, as a context manager. Its attributes say how it behaves, and what it has seen."""

    def __init__(self, cells=("1", "2")):
        self.notebook = new_notebook(cells=[new_markdown_cell("some words"), *map(new_code_cell, cells)])
        self.autosave = 120
        self.full = 0  # how often a server is refused
        self.starts = True  # whether servers start
        self.delay = 0.0  # seconds before a kernel does anything
        self.late = 0.0  # seconds after its reply until a kernel is idle; 0: the reply comes last
        self.running, self.kernels, self.sockets, self.seen, self.ran = set(), {}, [], [], []

    async def __aenter__(self):
        routes = [
            (r"/", _Front),
            (r"/hub/login", _Login),
            (r"/hub/spawn", _Spawn),
            (r"/hub/spawn-pending/(\w+)", _Pending),
            (r"/hub/api/users/(\w+)/server/progress", _Progress),
            (r"/hub/api/users/(\w+)/server", _Stop),
            (r"/hub/api/oauth2/authorize/(\w+)", _Authorize),
            (r"/user/(\w+)/oauth_callback", _Callback),
            (r"/user/(\w+)/lab", _Lab),
            (r"/user/(\w+)/(?:lab/)?api/(settings|kernelspecs|sessions|kernels|contents)(?:/(.*))?", _Api),
            (r"/user/(\w+)/api/kernels/([\w-]+)/channels", _Channels),
        ]
        sock, port = bind_unused_port()
        routes.insert(0, routes.pop())  # its address looks like the one before it
        application = tornado.web.Application(routes, hub=self, log_function=lambda handler: None)
        self.server = HTTPServer(application)
        self.server.add_socket(sock)
        self.address = f"http://127.0.0.1:{port}"
        return self

    async def __aexit__(self, *_):
        self.server.stop()
        for socket in self.sockets:
            socket.close()
        await self.server.close_all_connections()


def on_hub(scenario, **options):
    """Run `scenario(hub)` with a hub of these options; what it gives. Ten seconds at most."""

    async def run():
        async with FakeHub(**options) as hub:
            return await asyncio.wait_for(scenario(hub), 10)

    return asyncio.run(run())


class _Handler(tornado.web.RequestHandler):
    @property
    def hub(self):
        return self.settings["hub"]

    def student(self, name=None):
        """Who asks, by the cookie of the hub or of a server; 403 for anybody else."""
        found = self.get_cookie(f"server-{name}" if name else "hub")
        if not found or (name and found != name):
            raise tornado.web.HTTPError(403)
        return found

    def forged(self, token):
        """403 without the token of this part of the site."""
        sent = self.get_argument("_xsrf", None) or self.request.headers.get("X-XSRFToken")
        if sent != token:
            raise tornado.web.HTTPError(403, reason="forged")


class _Front(_Handler):
    def get(self):
        self.redirect("/hub/login")


class _Login(_Handler):
    def get(self):
        self.set_cookie("_xsrf", "anonymous", path="/hub/")
        self.write(FORM.format("anonymous"))

    def post(self):
        self.forged("anonymous")
        if self.get_cookie("_xsrf") != "anonymous" or self.get_argument("password") != "right":
            self.set_status(403)
            self.write(FORM.format("anonymous"))
            return
        name = self.get_argument("username")
        self.set_cookie("hub", name, path="/hub/")
        self.set_cookie("_xsrf", f"hub-{name}", path="/hub/")
        self.redirect("/hub/spawn?from=login")


class _Spawn(_Handler):
    def get(self):
        name = self.student()
        if self.get_argument("from", None):
            self.write("Start my server")
        elif self.hub.full:
            self.hub.full -= 1
            self.set_header("Retry-After", "0")
            self.set_status(429)
            self.write('<h1>429</h1><div class="error"><p>The room is full.</p></div>')
        elif name in self.hub.running:
            self.redirect(f"/user/{name}/lab")
        else:
            self.redirect(f"/hub/spawn-pending/{name}")


class _Pending(_Handler):
    def get(self, name):
        self.student()
        self.write(PENDING.format(name))


class _Progress(_Handler):
    async def get(self, name):
        self.forged(f"hub-{self.student()}")
        self.write('data: {"progress": 50}\n\n')
        await self.flush()
        await asyncio.sleep(self.hub.delay)
        if self.hub.starts:
            self.hub.running.add(name)
        end = {"ready": True} if self.hub.starts else {"failed": True, "message": "no memory"}
        self.write(f"data: {json.dumps(end)}\n\n")


class _Stop(_Handler):
    def delete(self, name):
        self.forged(f"hub-{self.student()}")
        self.hub.running.discard(name)
        self.set_status(204)


class _Authorize(_Handler):
    def get(self, name):
        if self.student() != name:
            raise tornado.web.HTTPError(403)
        self.redirect(f"/user/{name}/oauth_callback?code={name}")


class _Callback(_Handler):
    def get(self, name):
        self.set_cookie(f"server-{name}", self.get_argument("code"), path=f"/user/{name}/")
        self.set_cookie("_xsrf", f"server-{name}", path=f"/user/{name}/")
        self.redirect(f"/user/{name}/lab")


class _Lab(_Handler):
    def get(self, name):
        if name not in self.hub.running:
            self.set_status(503)
            self.write('<div class="error"><p>Your server is not running.</p></div>')
        elif not self.get_cookie(f"server-{name}"):
            self.redirect(f"/hub/api/oauth2/authorize/{name}")
        else:
            self.write("JupyterLab")


class _Api(_Handler):
    def prepare(self):
        name, what, rest = self.path_args
        self.student(name)
        self.forged(f"server-{name}")
        self.hub.seen.append((self.request.method, what, rest))
        if name not in self.hub.running:
            raise tornado.web.HTTPError(503)

    def get(self, name, what, rest):
        if what == "contents" and not rest:
            entries = [("directory", "notebooks"), ("file", "08_wrong.txt")]
            self.write({"content": [{"type": kind, "name": x, "path": x} for kind, x in entries]})
        elif what == "contents" and rest == "notebooks":
            path = "notebooks/08_right.ipynb"
            self.write({"content": [{"type": "notebook", "name": "08_right.ipynb", "path": path}]})
        elif what == "contents":
            self.write({"type": "notebook", "format": "json", "content": self.hub.notebook})
        elif what == "settings" and rest:
            known = {"autosave": {"default": True}, "autosaveInterval": {"default": 120}}
            settings = {"autosaveInterval": self.hub.autosave}
            self.write({"schema": {"properties": known}, "settings": settings})
        else:
            self.write(json.dumps([]))

    def put(self, name, what, rest):
        self.hub.notebook = json.loads(self.request.body)["content"]
        self.write({})

    def post(self, name, what, rest):
        number = str(uuid.uuid4())
        self.hub.kernels[number] = name
        self.set_status(201)
        self.write({"kernel": {"id": number}})


class _Channels(_Handler, tornado.websocket.WebSocketHandler):
    """Answers as a kernel does: busy, reply, idle. What it is told to run says what goes wrong."""

    def prepare(self):
        name, number = self.path_args
        self.student(name)
        if self.hub.kernels.get(number) != name:
            raise tornado.web.HTTPError(404)

    def select_subprotocol(self, subprotocols):
        return PROTOCOL if PROTOCOL in subprotocols else None

    def open(self, name, number):
        self.hub.sockets.append(self)
        self.lock = asyncio.Lock()

    def say(self, kind, parent, content, channel="iopub"):
        header = {"msg_id": uuid.uuid4().hex, "msg_type": kind}
        parts = [json.dumps(part).encode() for part in (header, parent, {}, content)]
        self.write_message(serialize_msg_to_ws_v1(parts, channel), binary=True)

    async def on_message(self, message):
        _, parts = deserialize_msg_from_ws_v1(message)
        header, content = json.loads(parts[0]), json.loads(parts[3])
        code = content.get("code")
        async with self.lock:
            self.hub.ran += [code] * bool(code)
            self.say("status", header, {"execution_state": "busy"})
            await asyncio.sleep(self.hub.delay)
            if code == "hang up":
                self.close()
                return
            if code == "die":
                self.say("status", {}, {"execution_state": "dead"})
                return
            reply = {"status": "ok"}
            if code == "fail":
                reply = {"status": "error", "ename": "NameError", "evalue": "no such name"}
            kind = header["msg_type"].replace("request", "reply")
            idle = ("status", header, {"execution_state": "idle"}, "iopub")
            said = [idle, (kind, header, reply, "shell")]  # both orders happen
            for one in reversed(said) if self.hub.late else said:
                self.say(*one)
                await asyncio.sleep(self.hub.late)

    def on_close(self):
        self.hub.seen.append(("closed", self.close_code, None))
