"""What goes over the wire, and who asked for what: requests, answers and the calls that were made."""

import json
import threading
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One HTTP request.

    Attributes:
        method: `GET`, `POST`.
        target: path and query as they came, still quoted: what a `next` link repeats.
        path: the path, unquoted.
        query: parameter name → value; of a repeated one, the last.
        headers: lower-case name → value.
        body: as it came; empty if there was none.
    """

    method: str
    target: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


def request_of(method: str, target: str, headers: Mapping[str, str], body: bytes = b"") -> Request:
    """Builds the request that the first line and the headers of an HTTP request describe."""
    parts = urlsplit(target)
    return Request(
        method=method,
        target=target,
        path=unquote(parts.path),
        query=dict(parse_qsl(parts.query, keep_blank_values=True)),
        headers={name.lower(): value for name, value in headers.items()},
        body=body,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One HTTP answer with a JSON body. `headers` may hold a name twice, as Okta's `Link` does."""

    body: Any
    status: int = 200
    headers: tuple[tuple[str, str], ...] = ()

    def encoded(self) -> bytes:
        """The body's bytes; the same body always gives the same."""
        return json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One call of a provider's API, as somebody who reads its documentation would name it.

    Attributes:
        provider: `gcp`, `workspace`, `okta`, `aws`.
        operation: `logging.sinks.list`, `GET /api/v1/logStreams`, `cloudtrail:DescribeTrails`.
        place: whom it asks about, in the provider's words: `projects/acme-shop-prod`, `acme.okta.com`, an
            account id; empty where the call names none.
        location: the AWS region, or empty.
        method, path: of the HTTP request; `path` is unquoted and without its query.
        page: it goes on from an earlier page.
    """

    provider: str
    operation: str
    place: str = ""
    location: str = ""
    method: str = ""
    path: str = ""
    page: bool = False


class Calls:
    """The calls made since the last reset. Safe to share between threads."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._made: list[Call] = []

    def note(self, call: Call) -> None:
        """Adds one call."""
        with self._lock:
            self._made.append(call)

    def made(self) -> tuple[Call, ...]:
        """All calls, in the order in which they came."""
        with self._lock:
            return tuple(self._made)

    def reset(self) -> None:
        """Forgets all of them."""
        with self._lock:
            self._made.clear()

    def as_json(self) -> list[dict[str, Any]]:
        """All calls, ready to be sent."""
        return [asdict(call) for call in self.made()]
