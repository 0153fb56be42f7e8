"""The side of a student: limits, the chapters that are missing, and then Jupyter's server. Stands alone.

``inside.py JSON``, with user, memory, processes, chapters, data, home, socket and the server's own arguments.
"""

import contextlib
import json
import logging
import os
import resource
import socket
import sys
import tempfile
from pathlib import Path

MB = 1 << 20
FIRST_TO_GO = "300"  # of 1000, when the machine's memory is full: students' processes before the hub's


def confine(user, memory, processes):
    """Become another user, if root started this; set limits that cannot be raised again."""
    with contextlib.suppress(OSError):  # before: another user may not
        Path("/proc/self/oom_score_adj").write_text(FIRST_TO_GO, encoding="utf-8")
    if user:
        os.setgroups([])
        os.setresgid(user, user, user)
        os.setresuid(user, user, user)
    if processes:
        resource.setrlimit(resource.RLIMIT_NPROC, (processes, processes))
    resource.setrlimit(resource.RLIMIT_DATA, (memory * MB, memory * MB))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def say_into(path):
    """Let all that is said go to a file of the student; in it, the token of a session is left out."""
    with open(path, "wb", buffering=0) as file:
        for number in (1, 2):
            os.dup2(file.fileno(), number)
    logging.getLogger("tornado.application").addFilter(lambda record: "xsrf cookie" not in str(record.msg))


def serve(listener, arguments):
    """Start Jupyter's server on a socket that is there already."""
    from jupyter_server.serverapp import ServerApp
    from jupyterhub.singleuser import main

    ServerApp._find_http_port = lambda self: None
    ServerApp._bind_http_server = lambda self: self.http_server.add_socket(listener)
    sys.argv = ["jupyterhub-singleuser", *arguments]
    main()


if __name__ == "__main__":
    import fresh  # lies beside it

    told = json.loads(sys.argv[1])
    os.set_inheritable(told["socket"], False)
    listener = socket.socket(fileno=told["socket"])
    listener.setblocking(False)
    confine(told["user"], told["memory"], told["processes"])
    os.umask(0o077)
    os.chdir(told["home"])
    say_into(".server.log")
    with contextlib.suppress(OSError):  # a full disk: what is there can be read, and room be made
        fresh.bring(Path(told["chapters"]), Path(told["data"]), Path(told["home"]))
    os.environ["JUPYTER_RUNTIME_DIR"] = tempfile.mkdtemp(prefix="run-")  # of the kernels' sockets: short
    serve(listener, told["arguments"])
