"""A server on loopback that answers as a test says, and a session of the real SDK before it."""

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from logcov.config import WorkspaceTarget
from logcov.inventory import Ledger
from logcov.providers.calls import Patience
from logcov.providers.workspace.client import WorkspaceSession


@dataclass
class Request:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: str

    @property
    def application(self) -> str:
        return self.path.rsplit("/", 1)[1]


@dataclass
class Reply:
    """An answer. `promise`: bytes that Content-Length promises beyond those that are sent."""

    body: Any = None
    status: int = 200
    headers: list[tuple[str, str]] = field(default_factory=list)
    promise: int = 0

    def content(self) -> bytes:
        if isinstance(self.body, bytes):
            return self.body
        return b"" if self.body is None else json.dumps(self.body).encode()


class Google:
    """Answers for activities by application, for policies, and for tokens. A list of replies is used up to its last."""

    def __init__(self) -> None:
        self.requests: list[Request] = []
        self.reply = Reply
        self.activities: dict[str, Reply] = {}
        self.otherwise = Reply({"kind": "admin#reports#activities"})
        self.policies: Callable[[Request], Reply] | list[Reply] = [Reply({})]
        self.token: list[Reply] = [
            Reply({"access_token": "granted-1", "expires_in": 3600, "token_type": "Bearer"})
        ]
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

    def next_of(self, replies: list[Reply]) -> Reply:
        return replies.pop(0) if len(replies) > 1 else replies[0]

    def reply_to(self, request: Request) -> Reply:
        if request.path == "/token":
            return self.next_of(self.token)
        if request.path == "/v1/policies":
            return self.policies(request) if callable(self.policies) else self.next_of(self.policies)
        if request.path.startswith("/admin/reports/v1/activity/users/all/applications/"):
            return self.activities.get(request.application, self.otherwise)
        return Reply({"error": {"code": 404, "message": "no such path"}}, 404)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        parts = urlsplit(handler.path)
        request = Request(
            handler.command,
            parts.path,
            {name: values[0] for name, values in parse_qs(parts.query).items()},
            {name.lower(): value for name, value in handler.headers.items()},
            handler.rfile.read(int(handler.headers.get("Content-Length") or 0)).decode(),
        )
        self.requests.append(request)
        reply = self.reply_to(request)
        content = reply.content()
        handler.send_response(reply.status)
        for name, value in reply.headers:
            handler.send_header(name, value)
        handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(content) + reply.promise))
        handler.end_headers()
        handler.wfile.write(content)
        handler.wfile.flush()
        if reply.promise:
            handler.close_connection = True

    def entry(
        self, application: str, customer: str = "C0acme01", time: str = "2026-11-22T08:30:00.123Z"
    ) -> Reply:
        identity = {
            "time": time,
            "uniqueQualifier": "-123",
            "applicationName": application,
            "customerId": customer,
        }
        return Reply(
            {"items": [{"id": identity, "events": [{"name": "x"}], "novelty": 1}], "nextPageToken": "more"}
        )

    def policy(self, option: Any, *, order: Any = 1, **query: Any) -> dict[str, Any]:
        return {
            "name": f"policies/{option}-{order}",
            "customer": "customers/C0acme01",
            "type": "ADMIN",
            "policyQuery": {
                "orgUnit": "orgUnits/root",
                "query": "entity.org_units.exists(…)",
                "sortOrder": order,
                **query,
            },
            "setting": {
                "type": "settings/cloud_sharing_options.cloud_data_sharing",
                "value": {"sharingOptions": option},
            },
        }

    def asked(self) -> list[str]:
        return [request.application for request in self.requests if "/applications/" in request.path]

    def close(self) -> None:
        self.http.shutdown()
        self.thread.join()
        self.http.server_close()


@pytest.fixture
def google() -> Iterator[Google]:
    server = Google()
    yield server
    server.close()


@pytest.fixture
def ledger() -> Ledger:
    return Ledger()


@pytest.fixture
def open_session(google: Google, ledger: Ledger) -> Iterator[Callable[..., WorkspaceSession]]:
    """Opens sessions before the server; all are closed at the end."""
    opened: list[WorkspaceSession] = []

    def open_one(**target: Any) -> WorkspaceSession:
        target = {"customer": "C0acme01", "endpoint": google.url, **target}
        session = WorkspaceSession(WorkspaceTarget(**target), ledger, Patience(attempts=3, longest_wait=0.01))
        opened.append(session)
        return session

    yield open_one
    for session in opened:
        session.close()


@pytest.fixture
def place(open_session: Callable[..., WorkspaceSession]) -> Any:
    """The customer `workspace:customers/C0acme01`, read without credentials."""
    session = open_session()
    (scope,) = session.scopes()
    return session.at(scope, None)  # type: ignore[arg-type]


@pytest.fixture
def observe(place: Any) -> Callable[[Any], list[Any]]:
    """Runs an observer at the place, to its end."""
    return lambda observer: list(observer(place, place.scope, None))
