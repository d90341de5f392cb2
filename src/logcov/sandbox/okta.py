"""Okta: log streams, the System Log, the org, and tokens for service apps."""

import base64
import json
import re
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, quote, urlencode

from logcov.sandbox.exchange import Answer, Call, Request
from logcov.sandbox.faults import Fault
from logcov.sandbox.paging import BadToken, page, token_of
from logcov.sandbox.world import Json, OktaOrg

TOKEN = "/oauth2/v1/token"  # noqa: S105  # a path
_PATHS = ("/api/v1/logStreams", "/api/v1/logs", "/api/v1/org", TOKEN)
_STREAM = re.compile(r"/api/v1/logStreams/(?P<id>[^/]+)")
_OLDEST = timedelta(days=180)
_POLL = timedelta(days=7)
_TERM = re.compile(r'eventType\s+(eq|sw)\s+"([^"]*)"')
_SCOPES = {
    "/api/v1/logStreams": "okta.logStreams.read",
    "/api/v1/logs": "okta.logs.read",
    "/api/v1/org": "okta.orgs.read",
}
"""What a service app's token must have been granted."""

SUMMARIES = {
    "E0000001": "Api validation failed",
    "E0000006": "You do not have permission to perform the requested action",
    "E0000007": "Not found: Resource not found",
    "E0000009": "Internal Server Error",
    "E0000011": "Invalid token provided",
    "E0000015": "You do not have permission to access the feature you are requesting",
    "E0000022": "The endpoint does not support the provided HTTP method",
    "E0000047": "API call exceeded rate limit due to too many requests.",
}
"""Source: https://developer.okta.com/docs/reference/error-codes/"""


def okta_error(
    status: int, code: str, *, cause: str = "", headers: tuple[tuple[str, str], ...] = ()
) -> Answer:
    """An error as Okta's management API gives it."""
    body = {
        "errorCode": code,
        "errorSummary": SUMMARIES[code],
        "errorLink": code,
        "errorId": "oaeAcmeSandbox",
        "errorCauses": [{"errorSummary": cause}] if cause else [],
    }
    return Answer(status=status, body=body, headers=headers)


def plays(path: str) -> bool:
    """Whether a path is one of Okta's rather than of Google's."""
    return path.startswith(("/api/v1/", "/oauth2/"))


def recognise(org: OktaOrg, request: Request) -> Call | None:
    """The call that a request is; None if the sandbox does not play it."""
    method = "POST" if request.path == TOKEN else "GET"
    stream = _STREAM.fullmatch(request.path)
    if request.method != method or (request.path not in _PATHS and not stream):
        return None
    shown = "/api/v1/logStreams/{id}" if stream else request.path
    return Call(
        provider="okta",
        operation=f"{method} {shown}",
        place=org.host,
        method=method,
        path=request.path,
        page="after" in request.query,
    )


def unknown(_request: Request) -> Answer:
    """What is said to a request that the sandbox does not play."""
    return okta_error(404, "E0000007")


def answer(org: OktaOrg, request: Request, base: str) -> Answer:
    """The answer that the world gives.

    Args:
        org: the Okta org that is asked.
        request: what `recognise` knew.
        base: scheme, host and port under which the org is served: links start with it.
    """
    if request.path == TOKEN:
        return _token(org, request)
    refused = _unauthorised(request)
    if refused:
        return refused
    if request.path == "/api/v1/org":
        return Answer(body=org.org)
    if request.path == "/api/v1/logs":
        return _logs(org, request, base)
    stream = _STREAM.fullmatch(request.path)
    if stream:
        for each in org.log_streams:
            if each["id"] == stream["id"]:
                return Answer(body=_linked(each, base))
        return okta_error(404, "E0000007", cause=stream["id"])
    limit = _number(request, "limit", default=20, most=200)
    if limit is None:
        return okta_error(400, "E0000001", cause="limit")
    return _page([_linked(each, base) for each in org.log_streams], request, min(limit, org.page_size), base)


def _linked(stream: Json, base: str) -> Json:
    this = f"{base}/api/v1/logStreams/{stream['id']}"
    verb = "deactivate" if stream["status"] == "ACTIVE" else "activate"
    links = {
        "self": {"href": this, "method": "GET"},
        verb: {"href": f"{this}/lifecycle/{verb}", "method": "POST"},
    }
    return {**stream, "_links": links}


def _number(request: Request, name: str, *, default: int, most: int) -> int | None:
    """A page size; None if it is none that Okta takes."""
    text = request.query.get(name, str(default))
    return int(text) if text.isdecimal() and 0 < int(text) <= most else None


def _links(request: Request, base: str, following: str) -> tuple[tuple[str, str], ...]:
    """Okta's links: one `Link` header each, and always `self` first."""
    links = [("Link", f'<{base}{request.target}>; rel="self"')]
    if following:
        query = {**request.query, "after": following}
        links.append(("Link", f'<{base}{quote(request.path)}?{urlencode(query)}>; rel="next"'))
    return tuple(links)


def _page(items: Sequence[Any], request: Request, size: int, base: str) -> Answer:
    try:
        found, following = page(items, name=_list(request), token=request.query.get("after", ""), size=size)
    except BadToken:
        return okta_error(400, "E0000001", cause="after")
    return Answer(body=found, headers=_links(request, base, following))


def _list(request: Request) -> str:
    """What tells one list from all others: its path and what it was asked for, page and page size aside."""
    asked = sorted((key, value) for key, value in request.query.items() if key not in {"after", "limit"})
    return f"{request.path}?{asked}"


def _moment(text: str) -> datetime | None:
    """A moment as Okta takes it; one without a zone is UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _logs(org: OktaOrg, request: Request, base: str) -> Answer:
    """The System Log. Without `until` (and ascending) this is a poll: there is always a next page, for what is to come.

    Source: https://developer.okta.com/docs/reference/system-log-query/
    """
    limit = _number(request, "limit", default=100, most=1000)
    if limit is None:
        return okta_error(400, "E0000001", cause="limit")
    order = request.query.get("sortOrder", "ASCENDING")
    if order not in {"ASCENDING", "DESCENDING"}:
        return okta_error(400, "E0000001", cause="sortOrder")
    now = datetime.now(UTC)
    until = _moment(request.query["until"]) if "until" in request.query else now
    since = _moment(request.query["since"]) if "since" in request.query else (until or now) - _POLL
    if until is None or since is None:
        return okta_error(400, "E0000001", cause="since and until must be dates")
    if now - since > _OLDEST:
        return okta_error(400, "E0000001", cause="since: must be within the last 180 days")
    text = request.query.get("filter", "")
    term = _TERM.fullmatch(text.strip())
    if text and not term:
        return okta_error(400, "E0000001", cause=f"filter: {text}")
    events = [
        event
        for event in org.events
        if since <= datetime.fromisoformat(event["published"]) < until
        and (
            not term
            or (event["eventType"] == term[2] if term[1] == "eq" else event["eventType"].startswith(term[2]))
        )
    ]
    if order == "DESCENDING":
        events.reverse()
    if "until" in request.query or order == "DESCENDING":
        return _page(events, request, min(limit, org.page_size), base)
    return _poll(events, request, min(limit, org.page_size), base)


def _poll(events: Sequence[Json], request: Request, size: int, base: str) -> Answer:
    try:
        found, following = page(events, name=_list(request), token=request.query.get("after", ""), size=size)
    except BadToken:
        return okta_error(400, "E0000001", cause="after")
    following = following or token_of(_list(request), len(events))
    return Answer(body=found, headers=_links(request, base, following))


# --- Who is asking -----------------------------------------------------------------------------------------


def _unauthorised(request: Request) -> Answer | None:
    """Any token will do, but there must be one; a service app's must have been granted what this takes."""
    mode, _, token = request.headers.get("authorization", "").partition(" ")
    if mode not in {"SSWS", "Bearer"} or not token.strip():
        return okta_error(401, "E0000011")
    granted = _granted(token)
    needed = next(scope for path, scope in _SCOPES.items() if request.path.startswith(path))
    if granted is not None and needed not in granted:
        challenge = f'Bearer authorization_uri="", realm="", scope="{needed}", error="insufficient_scope"'
        return okta_error(403, "E0000006", headers=(("WWW-Authenticate", challenge),))
    return None


def _granted(token: str) -> list[str] | None:
    """The scopes of a token that was issued here; None for any other token."""
    claims = _decoded(token.split(".")[1]) if token.count(".") == 2 else None  # noqa: PLR2004  # a JWT has three parts
    scopes = claims.get("scp") if claims else None
    return [str(scope) for scope in scopes] if isinstance(scopes, list) else None


def _decoded(part: str) -> Json | None:
    try:
        found = json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except ValueError:
        return None
    return found if isinstance(found, dict) else None


def _encoded(value: Json) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).decode().rstrip("=")


def _oauth_error(error: str, description: str) -> Answer:
    return Answer(status=400, body={"error": error, "error_description": description})


def _token(org: OktaOrg, request: Request) -> Answer:
    """Client credentials with a private key: the assertion's form is checked, its signature is not.

    Source: https://developer.okta.com/docs/guides/implement-oauth-for-okta-serviceapp/
    """
    form = {name: values[-1] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}
    form = {**request.query, **form}
    if form.get("grant_type") != "client_credentials":
        return _oauth_error("unsupported_grant_type", "grant_type must be client_credentials")
    parts = form.get("client_assertion", "").split(".")
    header, claims = (_decoded(part) for part in parts[:2]) if len(parts) == 3 else (None, None)  # noqa: PLR2004
    if not header or not claims:
        return _oauth_error("invalid_client", "The client_assertion is not a JWT")
    if header.get("alg") not in {"RS256", "RS384", "RS512", "ES256", "ES384", "ES512"}:
        return _oauth_error(
            "invalid_client", "The client_assertion is signed with an algorithm that is not supported"
        )
    if not claims.get("iss") or claims.get("iss") != claims.get("sub"):
        return _oauth_error("invalid_client", "iss and sub of the client_assertion must be the client id")
    if not str(claims.get("aud", "")).endswith(TOKEN):
        return _oauth_error("invalid_client", "The audience claim must be the token endpoint")
    if not isinstance(claims.get("exp"), int) or claims["exp"] < time.time():
        return _oauth_error("invalid_client", "The client_assertion token is expired")
    asked = form.get("scope", "").split()
    refused = [scope for scope in asked if scope not in org.scopes]
    if refused or not asked:
        return _oauth_error(
            "invalid_scope", f"The service app has not been granted: {' '.join(refused) or 'no scope'}"
        )
    token = ".".join((_encoded({"alg": "none"}), _encoded({"cid": claims["iss"], "scp": asked}), "sandbox"))
    return Answer(
        body={"token_type": "Bearer", "expires_in": 3600, "access_token": token, "scope": " ".join(asked)}
    )


# --- Faults ------------------------------------------------------------------------------------------------


def faulty(fault: Fault, request: Request, base: str) -> Answer | None:
    """What this fault is answered with; None where the right answer is only spoilt.

    Source: https://developer.okta.com/docs/reference/rl-best-practices/ for the headers of a throttled call.
    """
    match fault.fault:
        case "denied" if request.path == TOKEN:
            return _oauth_error("invalid_client", "The client is not authorized")
        case "denied":
            return okta_error(403, "E0000006")
        case "api_disabled":
            return okta_error(401, "E0000015")
        case "throttled":
            headers: tuple[tuple[str, str], ...] = ()
            if fault.retry_after is not None:
                reset = str(int(time.time()) + fault.retry_after)
                headers = (
                    ("X-Rate-Limit-Limit", "60"),
                    ("X-Rate-Limit-Remaining", "0"),
                    ("X-Rate-Limit-Reset", reset),
                )
            return okta_error(429, "E0000047", headers=headers)
        case "error_500":
            return okta_error(500, "E0000009")
        case "expired_token":
            return okta_error(401, "E0000011")
        case "empty_page" if request.path in {"/api/v1/logStreams", "/api/v1/logs"}:
            return Answer(body=[], headers=_links(request, base, token_of(_list(request), 0)))
        case _:
            return None
