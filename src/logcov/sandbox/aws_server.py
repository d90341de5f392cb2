"""An HTTP/1.1 server on loopback that can also answer badly: late, half, or not at all."""

import contextlib
import socket
import sys
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from logcov.errors import SandboxError
from logcov.sandbox.aws_wire import Answer

LARGEST_BODY = 5_000_000
"""Bytes of a request's body; no reading call comes near it."""


@dataclass(frozen=True, slots=True)
class Reply:
    """How to answer: after `wait` seconds; with all of it, half (`cut`) or, if it is None, nothing at all.

    After half or nothing, the connection closes.
    """

    answer: Answer | None
    wait: float = 0.0
    cut: bool = False


Respond = Callable[[str, str, str, Mapping[str, str], bytes], Reply]
"""`respond(method, path, query, headers, body)`; names of headers are in lower case, the path is still quoted."""


class LoopbackServer:
    """Serves one function on 127.0.0.1, with a thread for each connection, until `stop`."""

    def __init__(self, respond: Respond, *, stopping: threading.Event, port: int = 0) -> None:
        """Starts serving. `stopping` ends every wait at once; `stop` sets it.

        Raises:
            SandboxError: the port is taken.
        """

        class Handler(_Handler):
            pass

        Handler.respond = staticmethod(respond)
        Handler.stopping = stopping
        try:
            self._server = _Server(("127.0.0.1", port), Handler)
        except OSError as error:
            raise SandboxError(f"port {port} of 127.0.0.1 cannot be used: {error}") from error
        self._stopping = stopping
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), name="aws", daemon=True
        )
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def connections(self) -> int:
        """How many connections were opened so far."""
        return self._server.accepted

    def stop(self) -> None:
        """Ends it and closes every connection. May be called again."""
        self._stopping.set()
        if self._thread.is_alive():
            self._server.shutdown()
            self._thread.join()
        self._server.server_close()
        self._server.hang_up()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128

    def __init__(self, address: tuple[str, int], handler: type[BaseHTTPRequestHandler]) -> None:
        self._open: set[socket.socket] = set()
        self.accepted = 0
        super().__init__(address, handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        self._open.add(request)
        self.accepted += 1
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        super().shutdown_request(request)
        self._open.discard(request)

    def hang_up(self) -> None:
        """Closes the connections that clients keep, and waits (5 s at most) until their threads have let go."""
        for connection in list(self._open):
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        until = time.monotonic() + 5.0
        while self._open and time.monotonic() < until:
            time.sleep(0.005)

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Clients that give up are no news; anything else is a bug of the sandbox and is shown.
        if not isinstance(sys.exc_info()[1], ConnectionError | TimeoutError):
            super().handle_error(request, client_address)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    respond: Respond
    stopping: threading.Event

    def _serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > LARGEST_BODY:
            self.send_error(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return
        body = self.rfile.read(length)
        path, _, query = self.path.partition("?")
        headers = {name.lower(): value for name, value in self.headers.items()}
        reply = self.respond(self.command, path, query, headers, body)
        if reply.wait:
            self.stopping.wait(reply.wait)
        if reply.answer is None:
            self.close_connection = True
            return
        head, content = self._head(reply.answer), reply.answer.body if self.command != "HEAD" else b""
        if reply.cut:
            self.close_connection = True
            whole = (head, content) if content else (b"", head)
            self.wfile.write(whole[0] + whole[1][: len(whole[1]) // 2])
        else:
            # In one piece: two small writes would wait for the client's delayed acknowledgement.
            self.wfile.write(head + content)

    def do_GET(self) -> None:  # the names that http.server calls
        self._serve()

    do_HEAD = do_POST = do_PUT = do_DELETE = do_PATCH = do_GET  # noqa: N815

    def _head(self, answer: Answer) -> bytes:
        try:
            phrase = HTTPStatus(answer.status).phrase
        except ValueError:
            phrase = ""
        length = "0" if self.command == "HEAD" else str(len(answer.body))
        lines = [f"HTTP/1.1 {answer.status} {phrase}", f"Date: {self.date_time_string()}"]
        lines += [f"{name}: {value}" for name, value in answer.headers if name.lower() != "content-length"]
        lines.append(f"Content-Length: {length}")
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name is the base class's
        pass
