"""A server on this machine that misbehaves on demand."""

import contextlib
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class FaultServer:
    """Serves one file, in the way that ``fault`` says, and remembers what was asked for.

    ``none``: as it should be, ranges included. ``not found``: 404. ``silence``: no answer at all.
    ``stall``: half of the file, then nothing. ``cut``: half, then the connection ends. ``cut once``: so
    for the first request only. ``wrong bytes``: the right size with other bytes. ``too short``: half of the
    file, said to be all. ``slow``: a piece at a time.
    """

    def __init__(self, content):
        self.content, self.fault, self.ranges = content, "none", []
        self.stop = threading.Event()
        self.http = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.http.server_port}/file.bin"

    def __enter__(self):
        threading.Thread(target=self.http.serve_forever, args=(0.01,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.stop.set()
        self.http.shutdown()
        self.http.server_close()

    def _handler(self):
        server = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                with contextlib.suppress(ConnectionError):  # the other side may be killed
                    server.answer(self)

            def log_message(self, *_):
                pass

        return Handler

    def answer(self, request):
        """Answer one request as the fault demands."""
        asked = request.headers.get("Range")
        self.ranges.append(asked)
        if self.fault == "silence":
            self.stop.wait(30)
            return
        if self.fault == "not found":
            request.send_error(404)
            return
        begin = int(asked.removeprefix("bytes=").rstrip("-")) if asked else 0
        content = self.content[::-1] if self.fault == "wrong bytes" else self.content
        body = content[begin:]
        if self.fault == "too short":
            body = body[: len(body) // 2]
        request.send_response(206 if asked else 200)
        request.send_header("Content-Length", str(len(body)))
        request.end_headers()
        self._send(request, body)

    def _send(self, request, body):
        half = len(body) // 2
        if self.fault in ("stall", "cut", "cut once"):
            request.wfile.write(body[:half])
            request.wfile.flush()
            if self.fault == "stall":
                self.stop.wait(30)
            if self.fault == "cut once":
                self.fault = "none"
            request.connection.close()
        elif self.fault == "slow":
            for place in range(0, len(body), 1 << 16):
                request.wfile.write(body[place : place + (1 << 16)])
                self.stop.wait(0.05)
        else:
            request.wfile.write(body)
