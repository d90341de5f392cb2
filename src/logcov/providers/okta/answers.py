"""What Okta answers: the answer itself, and what a failed call means.

Everything here is pure. The rules are those of Okta's "Error codes and rate limits" pages, where they could
be seen in real answers; whatever is new is never read as "none configured".
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import Any

from logcov.providers.calls import Refusal

FEATURE_NOT_ENABLED = "E0000015"
"""401 (at times 403) with this code: the feature is not part of the org's subscription."""

LONGEST_DETAIL = 200

_OK, _REDIRECT, _CLIENT_ERROR, _SERVER_ERROR = 200, 300, 400, 500
_WORTH_WAITING = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS})
_BAD_SCOPE = frozenset({"invalid_scope", "access_denied", "consent_required", "insufficient_scope"})


@dataclass(frozen=True, slots=True)
class Answer:
    """What a call gave: decoded JSON, and the id of the reading that facts name."""

    data: Any
    reading: str


class Refused(Exception):
    """What came back in place of an answer. Lives between the SDK and `classify`.

    Attributes:
        status: the HTTP status; None where nothing came back.
        code: Okta's error code, or the OAuth error of the token endpoint.
        body: the body as text.
        wait: seconds that the rate-limit headers ask for.
        cause: the exception where nothing (or nothing readable) came back.
        signing_in: it happened while asking for an access token.
    """

    def __init__(
        self,
        *,
        status: int | None = None,
        code: str = "",
        body: str = "",
        wait: float | None = None,
        cause: Exception | None = None,
        signing_in: bool = False,
    ) -> None:
        super().__init__(f"HTTP {status} {code}")
        self.status = status
        self.code = code
        self.body = body
        self.wait = wait
        self.cause = cause
        self.signing_in = signing_in


def is_success(status: int) -> bool:
    """Whether the HTTP status says that the call went well."""
    return _OK <= status < _REDIRECT


def error_of(body: str) -> tuple[str, str]:
    """Code and summary of an error body; empty where it has none (a 403 may have no body at all)."""
    try:
        parsed = json.loads(body)
    except (ValueError, RecursionError):
        return "", ""
    if not isinstance(parsed, Mapping):
        return "", ""
    code = parsed.get("errorCode") or parsed.get("error")
    summary = parsed.get("errorSummary") or parsed.get("error_description")
    return code if isinstance(code, str) else "", summary if isinstance(summary, str) else ""


def asked_wait(headers: Mapping[str, str], resets: Iterable[str], now: float) -> float | None:
    """The seconds that a throttled answer asks to wait, or None where its headers do not tell.

    `X-Rate-Limit-Reset` is a time in epoch seconds, by Okta's clock: it is taken against the answer's own
    `Date`, else against `now`. Several resets: the nearest. One second is added, since both are cut to seconds.
    """
    try:
        return max(0.0, float(headers["Retry-After"]))
    except (KeyError, ValueError):
        pass
    times: list[float] = []
    for reset in resets:
        try:
            times.append(float(reset))
        except ValueError:
            continue
    if not times:
        return None
    try:
        base = parsedate_to_datetime(headers["Date"]).timestamp()
    except (KeyError, ValueError, TypeError):
        base = now
    return max(0.0, min(times) - base + 1.0)


def _transport(exception: Exception) -> Refusal | None:
    from aiohttp import ClientError, ClientPayloadError

    name = type(exception).__name__
    if isinstance(exception, TimeoutError):
        return Refusal(kind="timeout", detail="no answer in time", retry=True)
    if isinstance(exception, ClientPayloadError):
        return Refusal(kind="unparseable", detail="the answer was cut off", retry=True)
    if isinstance(exception, UnicodeDecodeError | LookupError | json.JSONDecodeError):
        return Refusal(kind="unparseable", detail=f"the answer is no JSON ({name})")
    if isinstance(exception, ClientError | OSError):
        return Refusal(kind="server-error", detail=f"no connection ({name})", retry=True)
    return None


def _sign_in(status: int, code: str, detail: str) -> Refusal | None:
    if code in _BAD_SCOPE or status == HTTPStatus.FORBIDDEN:
        return Refusal(kind="access-denied", code=code, detail=detail)
    if _CLIENT_ERROR <= status < _SERVER_ERROR and status not in _WORTH_WAITING:
        return Refusal(kind="credentials", code=code, detail=detail)
    return None


def classify(
    status: int | None,
    code: str,
    body: str,
    exception: Exception | None,
    *,
    wait: float | None = None,
    signing_in: bool = False,
) -> Refusal | None:
    """What a failed call means; None for an exception that is not the provider's doing.

    * 401 E0000015: the feature is not enabled (`not-entitled`); any other 401: bad or expired credentials.
    * 403: the scope or the admin role is missing, whatever the body.
    * 429 and 5xx: worth another try. A success that is no JSON: `unparseable`.
    * While signing in, a refused scope is `access-denied`, any other refusal `credentials`.
    """
    if status is None:
        if exception is None:
            return None
        known = _transport(exception)
        if known is None and signing_in and type(exception) is Exception:
            return Refusal(kind="unparseable", detail="the token endpoint's answer holds no token")
        return known
    summary = error_of(body)[1]
    detail = f"HTTP {status} {code}".strip() + (f": {summary[:LONGEST_DETAIL]}" if summary else "")
    if signing_in:
        refused = _sign_in(status, code, f"no access token: {detail}")
        if refused is not None:
            return refused
    if code == FEATURE_NOT_ENABLED and status in {401, 403}:
        return Refusal(kind="not-entitled", code=code, detail=detail)
    if status == HTTPStatus.UNAUTHORIZED:
        return Refusal(kind="credentials", code=code, detail=detail)
    if status == HTTPStatus.FORBIDDEN:
        return Refusal(kind="access-denied", code=code, detail=detail)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Refusal(kind="throttled", code=code, detail=detail, retry=True, wait=wait)
    if status == HTTPStatus.REQUEST_TIMEOUT:
        return Refusal(kind="timeout", code=code, detail=detail, retry=True)
    if is_success(status):
        return Refusal(kind="unparseable", code=code, detail=f"HTTP {status}: the answer is no JSON")
    return Refusal(kind="server-error", code=code, detail=detail, retry=status >= _SERVER_ERROR)


def refusal_of(error: Exception) -> Refusal | None:
    """`classify` for what the session raises; None for anything else."""
    if not isinstance(error, Refused):
        return None
    return classify(
        error.status, error.code, error.body, error.cause, wait=error.wait, signing_in=error.signing_in
    )
