"""A small Google on loopback: answers by path, pages, and everything that can go wrong."""

import copy
import json
import threading
import time
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Self
from urllib.parse import parse_qsl, urlsplit

from providers.gcp.discovery import complaints


@dataclass
class Pages:
    """A list's pages, each a list of items; every one but the last names the next."""

    items: str
    pages: list[list[Any]]


@dataclass
class Wrong:
    """An answer that is not what the documentation says: sent as it is, not checked."""

    body: Any


@dataclass
class Raw:
    """Bytes instead of JSON."""

    content: bytes
    status: int = 200
    announced: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    seconds: float = 0.0


def error(status: int, message: str = "no", *, reason: str = "", **more: Any) -> Raw:
    """One of Google's errors, with ErrorInfo if there is a reason. `headers` and `metadata` may be given."""
    names = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 404: "NOT_FOUND"}
    names |= {429: "RESOURCE_EXHAUSTED", 500: "INTERNAL", 503: "UNAVAILABLE"}
    body: dict[str, Any] = {"code": status, "message": message, "status": names.get(status, "UNKNOWN")}
    if reason:
        info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason}
        body["details"] = [info | {"metadata": more.get("metadata", {})}]
    return Raw(json.dumps({"error": body}).encode(), status, headers=more.get("headers", {}))


@dataclass
class Asked:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any


class Google:
    """Serves `answers`: path → body, `Pages`, `Wrong` or `Raw`.

    `faults`: path → what is sent instead, one by one; the last one for ever if `lasting`.
    """

    def __init__(self, answers: dict[str, Any]) -> None:
        self.answers = copy.deepcopy(answers)
        self.faults: dict[str, list[Raw]] = {}
        self.lasting = False
        self.asked: list[Asked] = []
        self.complaints: list[str] = []
        self._lock = threading.Lock()
        google = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True
            wbufsize = -1

            def do_GET(self) -> None:
                google.answer(self)

            do_POST = do_GET  # noqa: N815

            def log_message(self, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self.server.server_port}"
        self._thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()
        self._thread.join()

    def paths(self) -> list[str]:
        """Every path that was asked for, once, as keys of `answers`."""
        return list(dict.fromkeys(asked.path for asked in self.asked))

    def count(self, path: str) -> int:
        return sum(asked.path == path for asked in self.asked)

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        split = urlsplit(handler.path)
        query = dict(parse_qsl(split.query))
        length = int(handler.headers.get("content-length") or 0)
        body = json.loads(handler.rfile.read(length)) if length else None
        path = split.path
        if "parent" in query:
            path += f"?parent={query['parent']}"
        headers = {name.lower(): value for name, value in handler.headers.items()}
        with self._lock:
            self.asked.append(Asked(handler.command, path, query, headers, body))
            waiting = self.faults.get(path, [])
            fault = None
            if waiting:
                fault = waiting[0] if self.lasting and len(waiting) == 1 else waiting.pop(0)
        send(handler, fault or self._right(handler.command, split.path, path, query))

    def _right(self, method: str, plain: str, path: str, query: dict[str, str]) -> Raw:
        known = self.answers.get(path)
        if known is None:
            return error(404, f"{path} was not found")
        if isinstance(known, Raw):
            return known
        if isinstance(known, Wrong):
            return Raw(json.dumps(known.body).encode())
        if isinstance(known, Pages):
            page = int(query.get("pageToken", "0"))
            body: dict[str, Any] = {known.items: known.pages[page]} if known.pages[page] else {}
            if page + 1 < len(known.pages):
                body["nextPageToken"] = str(page + 1)
        else:
            body = known
        with self._lock:
            self.complaints += complaints(method, plain, body)
        return Raw(json.dumps(body).encode())


def send(handler: BaseHTTPRequestHandler, answer: Raw) -> None:
    if answer.seconds:
        time.sleep(answer.seconds)
    try:
        handler.send_response(answer.status)
        for name, value in answer.headers.items():
            handler.send_header(name, value)
        handler.send_header("content-type", "application/json")
        announced = len(answer.content) if answer.announced is None else answer.announced
        handler.send_header("content-length", str(announced))
        handler.end_headers()
        handler.wfile.write(answer.content)
        handler.wfile.flush()
    except OSError:
        handler.close_connection = True
    if answer.announced is not None:
        handler.close_connection = True
