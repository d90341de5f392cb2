"""The sandbox's own HTTP server: Google and Okta on loopback, with faults, and what controls them.

One server plays all of Google and the main Okta org (their paths don't clash); every other Okta org has one
of its own, for Okta tells orgs by host name. Whoever can reach loopback can control the sandbox:

* `GET /_sandbox/faults`: the faults in force; `POST`: a list that replaces them.
* `GET /_sandbox/calls`: the calls made since the last reset.
* `POST /_sandbox/latency`: a number of milliseconds that every answer takes longer.
* `POST /_sandbox/reset`: forgets the calls; back to the world's own faults, and to no latency.
"""

import json
import logging
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import asdict
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from logcov.errors import SandboxError
from logcov.sandbox import google, okta
from logcov.sandbox.exchange import Answer, Call, Calls, Request, request_of
from logcov.sandbox.faults import Fault, Faults, faults_of
from logcov.sandbox.world import OktaOrg, World

HOST = "127.0.0.1"
"""The only address that is ever bound."""

CONTROL = "/_sandbox/"
_LONGEST_BODY = 1_000_000
_FOREVER = 3600.0

_LOG = logging.getLogger(__name__)


class _Server(ThreadingHTTPServer):
    """Answers each connection in a thread of its own, and can end all of them at once."""

    daemon_threads = True
    block_on_close = False
    request_queue_size = 128

    def __init__(self, port: int, world: World, org: OktaOrg | None, faults: Faults, calls: Calls) -> None:
        self.world = world
        self.org = org
        self.faults = faults
        self.calls = calls
        self._lock = threading.Lock()
        self._open: set[socket.socket] = set()
        super().__init__((HOST, port), _Handler)

    @property
    def base(self) -> str:
        """The URL that everything here starts with."""
        return f"http://{HOST}:{self.server_address[1]}"

    def process_request(self, request: Any, client_address: Any) -> None:
        with self._lock:
            self._open.add(request)
        super().process_request(request, client_address)

    def shutdown_request(self, request: Any) -> None:
        with self._lock:
            self._open.discard(request)
        super().shutdown_request(request)

    def handle_error(self, request: Any, client_address: Any) -> None:  # noqa: ARG002  # socketserver's own
        """A client that goes away in mid-answer is nothing to tell of; anything else is a bug."""
        if isinstance(sys.exception(), ConnectionError | TimeoutError):
            _LOG.debug("a client at %s went away", client_address)
        else:
            _LOG.exception("a request of %s was not answered", client_address)

    def end_connections(self) -> None:
        """Ends those that clients keep open."""
        with self._lock:
            connections = tuple(self._open)
        for connection in connections:
            try:
                connection.shutdown(socket.SHUT_RDWR)
            except OSError:
                _LOG.debug("a connection was closed already")


class _Handler(BaseHTTPRequestHandler):
    """Reads a request, answers it, and keeps the connection."""

    protocol_version = "HTTP/1.1"
    # Both together: without them each answer waits 40 ms for the client's delayed acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server
    server_version = "logcov-sandbox"
    sys_version = ""

    def do_GET(self) -> None:  # the name that http.server calls
        self._play()

    def do_POST(self) -> None:  # the name that http.server calls
        self._play()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # the name that http.server gives it
        _LOG.debug(format, *args)

    def _play(self) -> None:
        length = self.headers.get("Content-Length", "0")
        if not length.isdecimal() or int(length) > _LONGEST_BODY:
            self.close_connection = True
            self._send(Answer(status=413, body={"error": "too much"}))
            return
        request = request_of(
            self.command, self.path, dict(self.headers.items()), self.rfile.read(int(length))
        )
        if request.path.startswith(CONTROL):
            self._send(control(request, self.server.faults, self.server.calls))
            return
        call, right, faulty = self._recognised(request)
        if call is None:
            self.server.faults.pause()
            self._send(right())
            return
        self.server.calls.note(call)
        fault = self.server.faults.meet(call)
        self.server.faults.pause()
        if fault is None:
            self._send(right())
            return
        self._fail(fault, right, faulty(fault))

    def _recognised(
        self, request: Request
    ) -> tuple[Call | None, Callable[[], Answer], Callable[[Fault], Answer | None]]:
        """Whose request it is: the call, its right answer, and what a fault makes of it."""
        org, world, base = self.server.org, self.server.world, self.server.base
        if org is not None and okta.plays(request.path):
            call = okta.recognise(org, request)
            return (
                call,
                (lambda: okta.answer(org, request, base)) if call else (lambda: okta.unknown(request)),
                lambda fault: okta.faulty(fault, request, base),
            )
        asked = google.recognise(world, request)
        if asked is None:
            return None, lambda: google.unknown(request), lambda _: None
        return (
            asked.call,
            lambda: google.answer(world, request, asked),
            lambda fault: google.faulty(fault, request, asked),
        )

    def _fail(self, fault: Fault, right: Callable[[], Answer], instead: Answer | None) -> None:
        match fault.fault:
            case "timeout":
                self.server.faults.stopping.wait(_FOREVER if fault.seconds is None else fault.seconds)
                self.close_connection = True
            case "slow":
                self.server.faults.stopping.wait(1.0 if fault.seconds is None else fault.seconds)
                self._send(right())
            case "cut_off":
                self.close_connection = True
                self._send(right(), cut=True)
            case "invalid_json":
                self._send(right(), spoil=True)
            case _:
                self._send(instead or right())

    def _send(self, answer: Answer, *, cut: bool = False, spoil: bool = False) -> None:
        """Sends an answer: whole, `cut` after half of its body, or `spoil`ed so that it does not parse."""
        body = answer.encoded()
        if spoil:
            body = body[: max(1, len(body) // 2)] + b"<html>"
        self.send_response(answer.status)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(body)))
        for name, value in answer.headers:
            self.send_header(name, value)
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)


def control(request: Request, faults: Faults, calls: Calls) -> Answer:
    """Answers what steers the sandbox itself."""
    asked = f"{request.method} {request.path.removeprefix(CONTROL)}"
    if asked == "GET faults":
        return Answer(body=[asdict(fault) for fault in faults.current()])
    if asked == "GET calls":
        return Answer(body=calls.as_json())
    if asked == "POST reset":
        calls.reset()
        faults.reset()
        return Answer(body={})
    try:
        value = json.loads(request.body)
    except ValueError:
        return Answer(status=400, body={"error": "the body is not JSON"})
    if asked == "POST faults":
        try:
            faults.replace(faults_of(value))
        except SandboxError as error:
            return Answer(status=400, body={"error": str(error)})
        return Answer(body={})
    if asked == "POST latency":
        if isinstance(value, bool) or not isinstance(value, int | float) or value < 0:
            return Answer(status=400, body={"error": "the latency is a number of milliseconds, 0 or more"})
        faults.add_latency(value / 1000)
        return Answer(body={})
    return Answer(status=404, body={"error": f"there is no {request.method} {request.path}"})


class Served:
    """Google and Okta, being served by threads of this process.

    Attributes:
        google: the endpoint of all Google services.
        okta: host of each Okta org → its endpoint; the main org's is Google's, too.
    """

    def __init__(self, world: World, faults: Faults, calls: Calls) -> None:
        main = world.okta[0] if world.okta else None
        orgs = [main, *world.okta[1:]]
        self._servers: list[_Server] = []
        self._threads: list[threading.Thread] = []
        self._faults = faults
        try:
            for org in orgs:
                self._servers.append(_Server(0, world, org, faults, calls))
        except OSError as error:
            for server in self._servers:
                server.server_close()
            raise SandboxError(f"the sandbox cannot listen on {HOST}: {error}") from error
        self.google = self._servers[0].base
        self.okta = {
            org.host: server.base for org, server in zip(orgs, self._servers, strict=True) if org is not None
        }
        for server in self._servers:
            thread = threading.Thread(
                target=server.serve_forever, kwargs={"poll_interval": 0.05}, name=server.base, daemon=True
            )
            thread.start()
            self._threads.append(thread)

    def stop(self) -> None:
        """Stops serving, and ends every connection."""
        self._faults.stopping.set()
        for server, thread in zip(self._servers, self._threads, strict=True):
            server.shutdown()
            thread.join()
            server.end_connections()
            server.server_close()
