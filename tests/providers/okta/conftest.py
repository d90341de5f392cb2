"""A server on loopback that answers as a test says, and a session of the real SDK before it."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from logcov.config import OktaTarget
from logcov.inventory import Ledger
from logcov.providers.calls import Patience
from logcov.providers.okta.client import OktaSession


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str


@dataclass
class Reply:
    """An answer. `promise`: bytes that Content-Length promises beyond those that are sent."""

    body: Any = None
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    content_type: str = "application/json"
    promise: int = 0

    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()


class Okta:
    """Answers by path. A list of replies is given one by one, the last one for ever."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.answers: dict[str, Callable[[Request], Reply] | list[Reply]] = {}
        self.reply = Reply
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = 1 << 16  # head and body in one packet: else each answer waits for an acknowledgement

            def do_GET(self) -> None:
                outer.answer(self)

            def do_POST(self) -> None:
                outer.answer(self)

            def log_message(self, *args: Any) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.http.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.http.server_port}"
        self.thread = threading.Thread(target=self.http.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        body = handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode()
        request = Request(
            handler.command,
            parts.path,
            {name: values[0] for name, values in parse_qs(parts.query).items()},
            {name.lower(): value for name, value in handler.headers.items()},
            body,
        )
        self.requests.append(request)
        known = self.answers.get(parts.path)
        if known is None:
            reply = Reply({"errorCode": "E0000007", "errorSummary": "Not found"}, 404)
        elif isinstance(known, list):
            reply = known.pop(0) if len(known) > 1 else known[0]
        else:
            reply = known(request)
        content = reply.content()
        handler.send_response(reply.status)
        for name, value in reply.headers:
            handler.send_header(name, value)
        handler.send_header("Content-Type", reply.content_type)
        handler.send_header("Content-Length", str(len(content) + reply.promise))
        handler.end_headers()
        handler.wfile.write(content)
        handler.wfile.flush()
        if reply.promise:
            handler.close_connection = True

    def paths(self) -> list[str]:
        return [request.path for request in self.requests]

    def close(self) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


@pytest.fixture
def okta() -> Iterator[Okta]:
    server = Okta()
    yield server
    server.close()


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def open_session(okta: Okta, ledger: Ledger) -> Iterator[Callable[..., OktaSession]]:
    """Opens sessions before the server; all are closed at the end."""
    opened: list[OktaSession] = []

    def open_one(**target: Any) -> OktaSession:
        target = {"org_url": "https://acme.okta.com", "endpoint": okta.url, **target}
        session = OktaSession(OktaTarget(**target), ledger, Patience(attempts=3, longest_wait=0.01))
        opened.append(session)
        return session

    yield open_one
    for session in opened:
        session.close()


@pytest.fixture
def place(open_session: Callable[..., OktaSession]) -> Any:
    """The org `okta:orgs/acme.okta.com`, read without credentials."""
    session = open_session()
    (scope,) = session.scopes()
    return session.at(scope, None)  # type: ignore[arg-type]


@pytest.fixture
def observe(place: Any) -> Callable[[Any], list[Any]]:
    """Runs an observer at the place, to its end."""
    return lambda observer: list(observer(place, place.scope, None))
