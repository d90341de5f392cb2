"""What reading any Google API takes: what its exceptions mean, and a connection for each thread.

Holds nothing of one product; credentials and calls are the providers' own. The SDK is imported on first use.
"""

import http.client
import json
import os
import re
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from http import HTTPStatus
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from logcov.providers.calls import Refusal

API_OFF = frozenset({"SERVICE_DISABLED", "accessNotConfigured"})
"""Reasons of a 403 where the API is switched off in the project that pays for the call."""

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

SPENT = frozenset({"dailyLimitExceeded", "dailyLimitExceededUnreg"})
"""Reasons of a 403 that no wait within one run cures."""

MINUTE_QUOTA_WAIT = 30.0
"""Seconds to wait for a quota "per minute" whose answer names no time."""

TIMEOUT = 60.0
"""Seconds that a connection may be silent."""

_SECRET = re.compile(r"ya29\.[\w.-]+|eyJ[\w.-]{20,}|AIza[\w-]{20,}|(?i:bearer)\s+\S+")
_LONGEST_DETAIL = 300
_OAUTH_CODE = re.compile(
    r"\b(unauthorized_client|invalid_grant|invalid_client|access_denied|invalid_scope)\b"
)


_TRIPPED = (OSError, ValueError, TypeError, AttributeError, LookupError, RecursionError)
"""What the SDK raises over a credential file or a token server's answer that is not of the expected form."""


class MalformedAnswerError(Exception):
    """An answer that is no JSON object, or whose fields are not of the documented type."""


class NoCredentialsError(Exception):
    """There are no usable credentials, for a reason that its text tells without quoting anything secret."""


def on_loopback(url: str) -> bool:
    """Whether the URL's host is this machine."""
    host = urlsplit(url).hostname or ""
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


def plain(text: str) -> str:
    """The words in one line, cut to a readable length, without anything that looks like a credential."""
    return _SECRET.sub("[hidden]", " ".join(text.split()))[:_LONGEST_DETAIL]


def error_of(content: bytes) -> Mapping[str, Any]:
    """The `error` object of Google's error bodies; empty where the body is something else."""
    try:
        body = json.loads(content)
    except (ValueError, RecursionError):
        return {}
    error = body.get("error") if isinstance(body, dict) else None
    return error if isinstance(error, dict) else {}


def reasons_of(error: Mapping[str, Any]) -> frozenset[str]:
    """All machine-readable reasons: of the older `errors` list, of `ErrorInfo` details, and the status."""
    given = [error.get("status")]
    for name in ("errors", "details"):
        items = error.get(name)
        if isinstance(items, list):
            given += [item.get("reason") for item in items if isinstance(item, dict)]
    return frozenset(reason for reason in given if isinstance(reason, str))


def _wait(headers: Mapping[str, str], message: str) -> float | None:
    asked = headers.get("retry-after", "").strip()
    if re.fullmatch(r"\d{1,9}(\.\d+)?", asked):
        return float(asked)
    return MINUTE_QUOTA_WAIT if "per minute" in message.lower() else None


def classify_answer(status: int, headers: Mapping[str, str], content: bytes) -> Refusal:
    """What an answer that is no success means. `headers` by lower-case name.

    Sources: cloud.google.com/apis/design/errors (status codes, `ErrorInfo`); the Admin SDK's limits page
    (403 with a rate-limit reason, 503 over quota).
    """
    error = error_of(content)
    said = error.get("message")
    message = said if isinstance(said, str) else ""
    detail = plain(f"HTTP {status}: {message}" if message else f"HTTP {status}")
    code, reasons, wait = str(status), reasons_of(error), _wait(headers, message)
    if status == HTTPStatus.UNAUTHORIZED:
        return Refusal(
            kind="credentials", code=code, detail="the credentials were not accepted, or have expired"
        )
    if status == HTTPStatus.FORBIDDEN:
        if reasons & API_OFF:
            return Refusal(kind="api-disabled", code=code, detail=detail)
        if reasons & SPENT:
            return Refusal(kind="throttled", code=code, detail=detail)
        if reasons & TOO_FAST:
            return Refusal(kind="throttled", code=code, detail=detail, retry=True, wait=wait)
        return Refusal(kind="access-denied", code=code, detail=detail)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Refusal(kind="throttled", code=code, detail=detail, retry=True, wait=wait)
    if status in {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.GATEWAY_TIMEOUT}:
        return Refusal(kind="timeout", code=code, detail=detail, retry=True, wait=wait)
    again = status >= HTTPStatus.INTERNAL_SERVER_ERROR
    return Refusal(kind="server-error", code=code, detail=detail, retry=again, wait=wait)


def _classify_credentials(error: Exception) -> Refusal | None:
    from google.api_core.universe import UniverseMismatchError
    from google.auth import exceptions

    if isinstance(error, NoCredentialsError):
        return Refusal(kind="credentials", detail=plain(str(error)))
    if isinstance(error, exceptions.TransportError):
        return Refusal(kind="server-error", detail="the token server could not be reached", retry=True)
    if isinstance(error, exceptions.TimeoutError):
        return Refusal(kind="timeout", detail="the token server did not answer in time", retry=True)
    if isinstance(error, UniverseMismatchError):
        return Refusal(kind="credentials", detail="the credentials belong to another universe than the API")
    if isinstance(error, exceptions.GoogleAuthError):
        # Its text may quote the token server's answer: only the OAuth code in it is told.
        found = _OAUTH_CODE.search(str(error))
        code = found.group(1) if found else ""
        retry = bool(error.retryable)
        if code in {"unauthorized_client", "access_denied", "invalid_scope"}:
            words = "the scope is not authorised for domain-wide delegation, or not in this exact spelling"
            return Refusal(kind="access-denied", code=code, detail=f"{code}: {words}", retry=retry)
        words = f"no usable Google credentials ({code or type(error).__name__})"
        return Refusal(kind="credentials", code=code, detail=words, retry=retry)
    return None


def classify(error: Exception) -> Refusal | None:
    """What a failed call means; None for what is not Google's doing (a bug). Looks at the exception alone."""
    import httplib2
    from googleapiclient.errors import HttpError

    if isinstance(error, HttpError):
        headers = {str(key).lower(): str(value) for key, value in error.resp.items()}
        return classify_answer(int(error.resp.status), headers, error.content)
    refused = _classify_credentials(error)
    if refused is not None:
        return refused
    if isinstance(error, MalformedAnswerError):
        return Refusal(kind="unparseable", detail=plain(str(error)))
    if isinstance(error, json.JSONDecodeError | UnicodeDecodeError | httplib2.FailedToDecompressContent):
        return Refusal(kind="unparseable", detail="the answer is no JSON", retry=True)
    if isinstance(error, http.client.IncompleteRead):
        return Refusal(kind="unparseable", detail="the answer was cut off", retry=True)
    if isinstance(error, TimeoutError):
        return Refusal(kind="timeout", detail="no answer in time", retry=True)
    if isinstance(error, ssl.SSLCertVerificationError):
        return Refusal(kind="server-error", detail="the server's certificate was not accepted")
    if isinstance(error, httplib2.HttpLib2Error | http.client.HTTPException | OSError):
        return Refusal(kind="server-error", detail=f"no connection ({type(error).__name__})", retry=True)
    return None


def default_credentials(scopes: Sequence[str]) -> Any:
    """Application default credentials.

    Where there are none, the SDK asks for a metadata server three times, 3 seconds each. Once is enough: on Compute
    Engine and GKE it also looks at the machine's product name. `GCE_METADATA_DETECT_RETRIES` is the SDK's own
    variable (googleapis.dev/python/google-auth, environment_vars); whoever sets it is obeyed.

    Raises:
        google.auth.exceptions.GoogleAuthError: there are none, or they cannot be used.
        NoCredentialsError: the file that should hold them holds something else.
    """
    os.environ.setdefault("GCE_METADATA_DETECT_RETRIES", "1")
    import google.auth
    from google.auth.exceptions import GoogleAuthError

    auth: Any = google.auth
    try:
        found, _ = auth.default(scopes=list(scopes))
    except GoogleAuthError:
        raise
    except _TRIPPED:
        raise NoCredentialsError("the file of the application default credentials cannot be used") from None
    return found


def credentials_of_key_file(variable: str, **how: Any) -> Any:
    """Credentials from the service account key whose path the environment variable holds.

    `how`: what the SDK's `from_service_account_file` takes besides the path.

    Raises:
        NoCredentialsError: the variable is not set, or the file is no service account key.
    """
    from google.oauth2 import service_account

    # The SDK carries no types.
    keys: Any = service_account.Credentials
    path = os.environ.get(variable, "").strip()
    if not path:
        raise NoCredentialsError(f"the environment variable {variable} is not set, or is empty")
    try:
        return keys.from_service_account_file(path, **how)
    except _TRIPPED:
        # Wrong JSON, a wrong key, a missing field: the texts may quote the file, so they are dropped.
        raise NoCredentialsError(f"the file that {variable} names is no service account key") from None


class _Bearer:
    """Credentials that say so when the token server's answer holds no token: the SDK trips over most such answers."""

    def __init__(self, credentials: Any) -> None:
        self._credentials = credentials

    def __getattr__(self, name: str) -> Any:
        return getattr(self._credentials, name)

    def before_request(self, request: Any, method: str, url: str, headers: Any) -> None:
        """Puts a token into the headers.

        Raises:
            NoCredentialsError: the token server gave something else, or a token that no header can hold.
            google.auth.exceptions.GoogleAuthError: there is no token to be had.
        """
        self._asking(lambda: self._credentials.before_request(request, method, url, headers))
        written = headers.get("authorization", "")
        if not (written.isascii() and written.isprintable()):
            raise NoCredentialsError("the token server's answer holds no usable token")

    def refresh(self, request: Any) -> None:
        """Asks for a new token.

        Raises:
            NoCredentialsError: the token server gave something else.
            google.auth.exceptions.GoogleAuthError: there is no token to be had.
        """
        self._asking(lambda: self._credentials.refresh(request))

    @staticmethod
    def _asking(ask: Callable[[], None]) -> None:
        from google.auth.exceptions import GoogleAuthError

        try:
            ask()
        except (GoogleAuthError, OSError):
            raise
        except _TRIPPED:
            # The texts may quote the answer: they are dropped.
            raise NoCredentialsError("the token server's answer holds no usable token") from None


class Reach:
    """Whether the API was ever reached. While it never was, only the first calls are tried again.

    Without it, an endpoint that nobody listens at costs every call all of its waits.
    """

    TRIES = 5
    """Tries in vain after which the endpoint counts as out of reach, until one succeeds."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._reached = False
        self._vain = 0

    def met(self) -> None:
        """Notes that an answer came, whatever it said."""
        self._reached = True

    def judged(self, error: Exception, refusal: Refusal | None) -> Refusal | None:
        """The refusal, not to be tried again where the endpoint is out of reach."""
        from google.auth.exceptions import TransportError
        from httplib2 import ServerNotFoundError

        if refusal is None or not isinstance(error, OSError | ServerNotFoundError | TransportError):
            return refusal
        with self._lock:
            self._vain += 1
            hopeless = not self._reached and self._vain >= self.TRIES
        return replace(refusal, retry=False) if hopeless else refusal


class Transports:
    """One connection per thread for one credential: httplib2's are not made for sharing.

    `direct`: never by way of a proxy, whatever the environment says (a server on loopback).
    `timeout`: seconds that a connection may be silent.
    """

    def __init__(self, credentials: Any, *, direct: bool, timeout: float = TIMEOUT) -> None:
        self._credentials = credentials
        self._direct = direct
        self._timeout = timeout
        self._threads = threading.local()
        self._lock = threading.Lock()
        self._all: list[Any] = []

    def new(self) -> Any:
        """A connection that carries the credentials and follows no redirect."""
        import google_auth_httplib2
        import httplib2

        proxy = {"proxy_info": None} if self._direct else {}
        bare = httplib2.Http(timeout=self._timeout, **proxy)
        bare.follow_redirects = False
        return google_auth_httplib2.AuthorizedHttp(_Bearer(self._credentials), http=bare)

    def mine(self) -> Any:
        """The calling thread's connection."""
        known = getattr(self._threads, "transport", None)
        if known is None:
            known = self._threads.transport = self.new()
            with self._lock:
                self._all.append(known)
        return known

    def drop(self) -> None:
        """Closes the calling thread's connection: after a timeout, the late answer would meet the next request."""
        known = getattr(self._threads, "transport", None)
        if known is None:
            return
        self._threads.transport = None
        known.close()
        with self._lock:
            if known in self._all:
                self._all.remove(known)

    def close(self) -> None:
        """Closes every connection."""
        with self._lock:
            every, self._all = self._all, []
        for transport in every:
            transport.close()


def ask(send: Callable[[], Any], connections: Transports, reach: Reach) -> Mapping[str, Any]:
    """Sends a request over the calling thread's connection and gives the JSON object that came.

    Raises:
        MalformedAnswerError: something else came, or JSON that cannot be held.
        Exception: whatever the SDK raises; `classify` knows what it means.
    """
    from googleapiclient.errors import HttpError

    whole = False
    try:
        body = send()
        whole = True
    except HttpError:
        whole = True
        raise
    except RecursionError as error:
        raise MalformedAnswerError("the answer is nested too deeply") from error
    except ValueError as error:
        if "integer string conversion" not in str(error):
            raise
        raise MalformedAnswerError("the answer holds a number of too many digits") from error
    finally:
        if whole:
            reach.met()
        else:
            # A connection that broke off midway is never used again: what is left on it belongs to this call.
            connections.drop()
    if not isinstance(body, dict):
        raise MalformedAnswerError("the answer is no JSON object")
    return body
