"""What JupyterHub asks when somebody signs in: see accounts.py."""

import asyncio
import socket
import struct
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from jupyterhub import orm
from jupyterhub.auth import Authenticator
from tornado import ioloop, web
from traitlets import Unicode

from tools.hub.accounts import TEACHER, Accounts, Refused, TooOften

OFTEN = 2000  # milliseconds between two looks for passwords that were replaced


class ClassAuthenticator(Authenticator):
    """Name and password, and the class code for a new account. The teacher is the only admin."""

    folder = Unicode(help="The hub's folder.").tag(config=True)

    def __init__(self, **kwargs):
        super().__init__(**kwargs)
        self.accounts = Accounts(Path(self.folder))
        self.pool = ThreadPoolExecutor(2)  # scrypt takes long, and the hub has others to serve
        self.watch = ioloop.PeriodicCallback(self.close_sessions, OFTEN)
        self.watch.start()

    async def authenticate(self, handler, data):
        """Let somebody in, or say why not."""
        if not through_proxy(handler):
            raise web.HTTPError(403, "Sign in with a browser, at the address on the board.")
        given = [str(data.get(key, "")) for key in ("password", "code")]
        name = self.normalize_username(str(data.get("username", "")))
        loop = asyncio.get_running_loop()
        try:
            await loop.run_in_executor(self.pool, self.accounts.enter, name, *given, address_of(handler))
        except TooOften as problem:
            raise web.HTTPError(429, str(problem)) from None
        except Refused as problem:
            raise web.HTTPError(403, str(problem)) from None
        return {"name": name, "admin": name == TEACHER}

    async def close_sessions(self):
        """Close whatever was open before a password was replaced: cookies, tokens, the server."""
        for name, salt in self.accounts.replaced().items():
            user = self.parent.users.get(name)
            if user and user.spawner.pending:  # its turn comes
                continue
            while user and user.active:
                await self.parent.proxy.delete_user(user)
                await user.stop()
            if user:
                user.orm_user.cookie_id = orm.new_token()
                for token in user.api_tokens:
                    user.db.delete(token)
                user.db.commit()
                self.log.info("The password of %s was replaced: sessions closed", name)
            self.accounts.closed(name, salt)


def address_of(handler):
    """Where a request comes from, as the proxy says it: a browser may send other headers that claim more."""
    said = handler.request.headers.get("X-Forwarded-For", "")
    return said.rsplit(",", 1)[-1].strip() or handler.request.remote_ip


def through_proxy(handler):
    """Whether a request came by way of the proxy: the students' servers reach the hub's socket too.

    What comes from there could claim any address, and so try passwords as often as it likes.
    """
    stream = handler.request.connection.stream
    if stream.socket.family != socket.AF_UNIX:
        return True
    credentials = stream.socket.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return struct.unpack("3i", credentials)[0] == handler.proxy.proxy_process.pid
