"""A kernel at the other end of a websocket, as JupyterLab holds it."""

import asyncio
import json
import time
import uuid
from datetime import UTC, datetime

from jupyter_server.services.kernels.connection.base import (
    deserialize_msg_from_ws_v1,
    serialize_msg_to_ws_v1,
)
from tornado.httpclient import HTTPClientError, HTTPRequest
from tornado.ioloop import IOLoop
from tornado.websocket import WebSocketClosedError, websocket_connect

from tools.hub.load.browser import PATIENCE, Failed

PROTOCOL = "v1.kernel.websocket.jupyter.org"
LARGEST = 256 << 20  # bytes of a message
GONE = {"dead": "the kernel died", "restarting": "the kernel died", "autorestarting": "the kernel died"}


class SocketClosed(Failed):
    """The websocket ended, and nobody here had closed it."""


class _Asked:
    """A request that waits for its reply and for the kernel to be idle again."""

    def __init__(self):
        self.reply, self.idle = None, False
        self.done = asyncio.get_running_loop().create_future()

    def settle(self):
        if self.reply is not None and self.idle and not self.done.done():
            self.done.set_result(self.reply)

    def fail(self, problem):
        if not self.done.done():
            self.done.set_exception(problem)
            self.done.exception()  # it may be that nobody waits any more


class Kernel:
    """An open websocket to a kernel; `await Kernel.connect(...)` makes one.

    `state` is what the kernel last said of itself, such as "idle"; `asked` the requests under way.
    """

    def __init__(self, session):
        self.session, self.state, self.asked, self.silent = session, "unknown", {}, False
        self.socket = None

    @classmethod
    async def connect(cls, browser, server, number, session):
        """Open the socket. `server` is the path of the student's; the kernel and the page have numbers."""
        kernel = cls(session)
        url = f"{browser.address}{server}api/kernels/{number}/channels?session_id={session}"
        headers = {"Cookie": browser.cookies(url), "Origin": browser.origin, "Sec-Fetch-Mode": "websocket"}
        request = HTTPRequest("ws" + url.removeprefix("http"), headers=headers, connect_timeout=PATIENCE)
        request.request_timeout = PATIENCE
        try:
            kernel.socket = await websocket_connect(
                request,
                on_message_callback=kernel._take,
                max_message_size=LARGEST,
                subprotocols=[PROTOCOL],
            )
        except HTTPClientError as problem:
            raise Failed(f"websocket: {problem.code} {problem.message}") from problem
        except OSError as problem:
            raise Failed(f"websocket: {problem}") from problem
        if kernel.socket.selected_subprotocol != PROTOCOL:
            kernel.close()
            raise Failed(f"websocket: the server does not speak {PROTOCOL}")
        return kernel

    @property
    def idle(self):
        """Whether a cell that is sent now would be the next to run."""
        return self.state == "idle" and not self.asked

    async def info(self):
        """Ask the kernel what it is; it is ready once it has answered."""
        return await self._ask("kernel_info_request", {})

    async def execute(self, code, history=True):
        """Run code and wait until the kernel is idle again. Gives the reply's content."""
        content = {"code": code, "silent": False, "store_history": history, "user_expressions": {}}
        return await self._ask("execute_request", content | {"allow_stdin": False, "stop_on_error": True})

    async def _ask(self, kind, content):
        number, waiting = uuid.uuid4().hex, _Asked()
        header = {"msg_id": number, "msg_type": kind, "session": self.session, "username": ""}
        header |= {"date": datetime.now(UTC).isoformat(), "version": "5.3"}
        parts = [json.dumps(part).encode() for part in (header, {}, {}, content)]
        self.asked[number] = waiting
        try:
            self.socket.write_message(serialize_msg_to_ws_v1(parts, "shell"), binary=True)
            return await waiting.done
        except WebSocketClosedError as problem:
            raise SocketClosed("websocket: closed") from problem
        finally:
            del self.asked[number]

    def _take(self, message):
        """Look at one message from the socket; None says that it ended."""
        if message is None:
            code = getattr(self.socket, "close_code", None)
            self._fail(SocketClosed(f"websocket: closed by the other side ({code or 'without a word'})"))
            return
        _, parts = deserialize_msg_from_ws_v1(message)
        kind = json.loads(parts[0])["msg_type"]
        about = self.asked.get(json.loads(parts[1] or b"{}").get("msg_id"))
        if kind == "status":
            self.state = json.loads(parts[3])["execution_state"]
            if self.state in GONE:
                self._fail(Failed(GONE[self.state]))
            elif about and self.state == "idle":
                about.idle = True
                about.settle()
        elif about and kind in ("execute_reply", "kernel_info_reply"):
            about.reply = json.loads(parts[3])
            about.settle()

    def _fail(self, problem):
        self.state = "unknown"
        for waiting in list(self.asked.values()):
            waiting.fail(problem)

    def fall_silent(self):
        """What a closed lid does: the socket stays, nothing is read, nothing is sent, no ping is answered."""
        self.silent = True
        IOLoop.current().remove_handler(self.socket.protocol.stream.socket)

    def close(self):
        """Close the socket, as a closed page does."""
        if self.socket is not None and self.silent:
            self.socket.protocol.stream.close()
        elif self.socket is not None:
            self.socket.close()


async def timed(awaitable):
    """What something gave, and how many seconds it took."""
    began = time.monotonic()
    return await awaitable, time.monotonic() - began
