"""What an exception of Google's SDK means: why a read failed, what would mend it, whether to try again."""

import http.client
import json
import re
import ssl
from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

from logcov.providers.calls import Refusal

API_OFF = frozenset({"SERVICE_DISABLED", "accessNotConfigured"})
"""Reasons of a 403 when the API is switched off in the project that pays for the call."""

TOO_FAST = frozenset(
    {
        "rateLimitExceeded",
        "userRateLimitExceeded",
        "quotaExceeded",
        "RATE_LIMIT_EXCEEDED",
        "RESOURCE_EXHAUSTED",
    }
)
"""Reasons of a 403 or 429 that go away by waiting."""

SPENT = frozenset({"dailyLimitExceeded", "dailyLimitExceededUnreg", "RESOURCE_QUOTA_EXCEEDED"})
"""Reasons of a 403 that no wait within one run cures."""

_PERMISSION = re.compile(
    r"[Pp]ermission\W{1,3}([a-z]\w*(?:\.\w+){2,})|not have ([a-z]\w*(?:\.\w+){2,}) access"
)
_SECRET = re.compile(r"ya29\.[\w.-]+|eyJ[\w.-]{20,}|AIza[\w-]{20,}|(?i:bearer)\s+\S+")
_LONGEST_DETAIL = 300


class MalformedAnswerError(Exception):
    """An answer that is no JSON object, or one whose fields are not of the documented type."""


def _plain(text: str) -> str:
    """The words in one line, cut to a readable length, without anything that looks like a credential."""
    return _SECRET.sub("[hidden]", " ".join(text.split()))[:_LONGEST_DETAIL]


def _wait_of(headers: Mapping[str, str]) -> float | None:
    """The seconds that `Retry-After` asks for; a date there is taken against the answer's own `Date`."""
    asked = headers.get("retry-after", "").strip()
    if not asked:
        return None
    if re.fullmatch(r"\d{1,9}(\.\d+)?", asked):
        return float(asked)
    try:
        until, now = parsedate_to_datetime(asked), parsedate_to_datetime(headers.get("date", ""))
    except ValueError:
        return None
    # A date without a zone comes out naive; HTTP dates are UTC (RFC 9110, section 5.6.7).
    span = _utc(until) - _utc(now)
    return max(0.0, span.total_seconds())


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)


def _error_of(content: bytes) -> Mapping[str, Any]:
    """The `error` object of Google's error bodies; empty where the body is something else."""
    try:
        body = json.loads(content)
    except ValueError:
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def _mappings(value: Any) -> list[Mapping[str, Any]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


def _reasons(error: Mapping[str, Any]) -> set[str]:
    """All machine-readable reasons: of the older `errors` list, of `ErrorInfo` details, and the status."""
    given = [item.get("reason") for item in _mappings(error.get("errors"))]
    given += [item.get("reason") for item in _mappings(error.get("details"))]
    given.append(error.get("status"))
    return {reason for reason in given if isinstance(reason, str)}


def _permission(error: Mapping[str, Any], message: str) -> str:
    for item in _mappings(error.get("details")):
        metadata = item.get("metadata")
        named = metadata.get("permission") if isinstance(metadata, dict) else None
        if isinstance(named, str):
            return named
    found = _PERMISSION.search(message)
    return (found.group(1) or found.group(2)) if found else ""


def _classify_answer(status: int, headers: Mapping[str, str], content: bytes) -> Refusal:
    error = _error_of(content)
    said = error.get("message")
    message = said if isinstance(said, str) else ""
    detail = _plain(message) or f"HTTP {status}"
    code = str(status)
    wait = _wait_of(headers)
    reasons = _reasons(error)
    if status == http.HTTPStatus.UNAUTHORIZED:
        return Refusal(kind="credentials", code=code, detail="the credentials were not accepted")
    if status == http.HTTPStatus.FORBIDDEN:
        if reasons & API_OFF:
            return Refusal(kind="api-disabled", code=code, detail=detail)
        if reasons & SPENT:
            return Refusal(kind="throttled", code=code, detail=detail)
        if reasons & TOO_FAST:
            return Refusal(kind="throttled", code=code, detail=detail, retry=True, wait=wait)
        if "USER_PROJECT_DENIED" in reasons:
            return Refusal(
                kind="access-denied", code=code, detail=detail, permission="serviceusage.services.use"
            )
        return Refusal(kind="access-denied", code=code, detail=detail, permission=_permission(error, message))
    if status == http.HTTPStatus.NOT_FOUND:
        # Whether this means "absent" is for the caller to say; as a failure it is "not there, or hidden from us".
        return Refusal(kind="access-denied", code=code, detail=detail)
    if status == http.HTTPStatus.REQUEST_TIMEOUT:
        return Refusal(kind="timeout", code=code, detail=detail, retry=True, wait=wait)
    if status == http.HTTPStatus.TOO_MANY_REQUESTS:
        return Refusal(kind="throttled", code=code, detail=detail, retry=True, wait=wait)
    if status == http.HTTPStatus.GATEWAY_TIMEOUT:
        return Refusal(kind="timeout", code=code, detail=detail, retry=True, wait=wait)
    again = status >= http.HTTPStatus.INTERNAL_SERVER_ERROR or status == http.HTTPStatus.CONFLICT
    return Refusal(kind="server-error", code=code, detail=detail, retry=again, wait=wait)


def _classify_credentials(error: Exception) -> Refusal | None:
    from google.api_core.universe import UniverseMismatchError
    from google.auth import exceptions

    if isinstance(error, exceptions.TransportError):
        return Refusal(kind="server-error", detail="the token server could not be reached", retry=True)
    if isinstance(error, exceptions.TimeoutError):
        return Refusal(kind="timeout", detail="the token server did not answer in time", retry=True)
    if isinstance(error, UniverseMismatchError):
        return Refusal(kind="credentials", detail="the credentials belong to another universe than the API")
    if isinstance(error, exceptions.GoogleAuthError):
        # Its text may quote the token server's answer, so only its kind is told.
        return Refusal(
            kind="credentials",
            detail=f"no usable Google credentials ({type(error).__name__})",
            retry=bool(error.retryable),
        )
    return None


def classify(error: Exception) -> Refusal | None:
    """What a failed call means; None for what is not Google's doing (a bug). Pure: it looks at the exception alone.

    Sources: cloud.google.com/apis/design/errors (status codes, `ErrorInfo`), and the reasons that
    googleapiclient itself retries. HTTP 404 has the code `404`, so that a caller can take it for "absent".
    """
    import httplib2
    from googleapiclient.errors import HttpError

    if isinstance(error, HttpError):
        headers = {str(key).lower(): str(value) for key, value in error.resp.items()}
        return _classify_answer(int(error.resp.status), headers, error.content)
    refused = _classify_credentials(error)
    if refused is not None:
        return refused
    if isinstance(error, MalformedAnswerError):
        return Refusal(kind="unparseable", detail=_plain(str(error)), retry=True)
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError | httplib2.FailedToDecompressContent):
        return Refusal(kind="unparseable", detail="the answer is no JSON", retry=True)
    if isinstance(error, http.client.IncompleteRead):
        return Refusal(kind="unparseable", detail="the answer was cut off", retry=True)
    if isinstance(error, TimeoutError):
        return Refusal(kind="timeout", detail="no answer in time", retry=True)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Refusal(kind="server-error", detail="the server's certificate was not accepted")
    if isinstance(error, httplib2.ServerNotFoundError):
        return Refusal(kind="server-error", detail="the server's name could not be resolved", retry=True)
    if isinstance(error, httplib2.HttpLib2Error | http.client.HTTPException | OSError):
        return Refusal(
            kind="server-error", detail=f"the connection failed ({type(error).__name__})", retry=True
        )
    return None
